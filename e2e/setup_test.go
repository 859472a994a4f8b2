// Package e2e drives the real program through a real Chromium, the way a
// reader of the documents would.
//
// Each test opens its own page and says how its reader is:
//
//	p := open(t, reader{Lang: "zh", Account: accountA})
//	p.Goto("/aliyun/eu-central-1/vpcs")
//
// A script error or a violated content policy on any page fails the test that
// caused it; a failed test leaves a picture, or a trace for `playwright show-trace`.
//
// Environment:
//
//	E2E_BINARY              the program to test; default: built here
//	E2E_BROWSER             the browser to use; "bundled": Playwright's own;
//	                        default: the first of those found on the system
//	E2E_HEADED=1            show the browser
//	E2E_TRACE=1             keep every step of what fails, which takes longer
//	E2E_ARTIFACTS           where pictures and traces go; default: .e2e/artifacts
//	PLAYWRIGHT_DRIVER_PATH  folder of the driver; default: .e2e/driver if
//	                        `make e2e-deps` made it, else Playwright's cache
//	PLAYWRIGHT_NODEJS_PATH  node for that driver; default: node from PATH
package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// world is what all tests share: one browser and one running Culvert.
type world struct {
	playwright *playwright.Playwright
	browser    playwright.Browser
	lab        *lab
	bin        string
	artifacts  string
}

// The tests' own entry point fills it before any test runs.
var shared world

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	root, err := filepath.Abs("..")
	if err != nil {
		return 0, err
	}
	shared.artifacts = env("E2E_ARTIFACTS", filepath.Join(root, ".e2e", "artifacts"))
	if err := os.MkdirAll(shared.artifacts, 0o755); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "culvert-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)

	if shared.bin, err = binary(root, dir); err != nil {
		return 0, err
	}
	if shared.lab, err = startLab(shared.bin, filepath.Join(dir, "data")); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, shared.lab.stop()) }()

	if shared.playwright, err = startPlaywright(root); err != nil {
		return 0, err
	}
	defer func() { _ = shared.playwright.Stop() }()
	if shared.browser, err = launch(offline); err != nil {
		return 0, fmt.Errorf("start the browser: %w", err)
	}
	defer func() { _ = shared.browser.Close() }()
	return m.Run(), nil
}

func env(key, def string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	return def
}

// binary answers the program to test as an absolute path.
func binary(root, dir string) (string, error) {
	if bin := os.Getenv("E2E_BINARY"); bin != "" {
		return filepath.Abs(bin)
	}
	bin := filepath.Join(dir, "culvert")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", bin, "./cmd/culvert")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return bin, nil
}

func startPlaywright(root string) (*playwright.Playwright, error) {
	opts := &playwright.RunOptions{SkipInstallBrowsers: true}
	local := filepath.Join(root, ".e2e", "driver")
	if _, err := os.Stat(filepath.Join(local, "package", "cli.js")); err == nil && os.Getenv("PLAYWRIGHT_DRIVER_PATH") == "" {
		opts.DriverDirectory = local
		if os.Getenv("PLAYWRIGHT_NODEJS_PATH") == "" {
			node, err := exec.LookPath("node")
			if err != nil {
				return nil, err
			}
			if err := os.Setenv("PLAYWRIGHT_NODEJS_PATH", node); err != nil {
				return nil, err
			}
		}
	}
	// With the right driver in place this touches no network: it checks the
	// driver's version and mends it, which page errors without a place need.
	if err := playwright.Install(opts); err != nil {
		return nil, fmt.Errorf("no Playwright driver, run 'make e2e-deps' or 'make e2e-install': %w", err)
	}
	pw, err := playwright.Run(opts)
	if err != nil {
		return nil, fmt.Errorf("start the Playwright driver: %w", err)
	}
	return pw, nil
}

// Nothing but this machine is ever looked up by the browser of the tests.
const offline = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.*, EXCLUDE localhost"

// launch starts a browser with these flags beside the usual ones.
func launch(flags ...string) (playwright.Browser, error) {
	opts := playwright.BrowserTypeLaunchOptions{
		Headless:        playwright.Bool(os.Getenv("E2E_HEADED") == ""),
		ChromiumSandbox: playwright.Bool(os.Geteuid() != 0), // root cannot use it
		Args: append([]string{
			"--disable-gpu",
			"--disable-quic",
			"--disable-sync",
			"--disable-background-networking",
			"--disable-component-update",
			"--font-render-hinting=none",
		}, flags...),
	}
	if path := systemBrowser(); path != "" {
		opts.ExecutablePath = playwright.String(path)
	}
	return shared.playwright.Chromium.Launch(opts)
}

// systemBrowser finds a browser that is installed; "" leaves the choice to
// Playwright, which takes its own.
func systemBrowser() string {
	switch path := os.Getenv("E2E_BROWSER"); path {
	case "":
	case "bundled":
		return ""
	default:
		return path
	}
	names := []string{"chromium-headless-shell", "chromium", "google-chrome"}
	if os.Getenv("E2E_HEADED") != "" {
		names = names[1:]
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
