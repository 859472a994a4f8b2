//go:build !linux

package dataplane

func newEngine(p *Plane) engine { return pumps{p} }
