module culvert.internal/e2e

go 1.26.0

require github.com/playwright-community/playwright-go v0.6000.0

require (
	github.com/deckarep/golang-set/v2 v2.8.0 // indirect
	github.com/go-jose/go-jose/v3 v3.0.5 // indirect
	github.com/go-stack/stack v1.8.1 // indirect
)
