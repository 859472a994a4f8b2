package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"culvert.internal/instance"
	"culvert.internal/underlay"
)

// Every example of the repository is a lab in which what it expects holds, on
// loopback and in namespaces.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%v %v", files, err)
	}
	for _, file := range files {
		for _, under := range []string{loopback, netns} {
			t.Run(filepath.Base(file)+"/"+under, func(t *testing.T) {
				t.Parallel()
				if under == netns {
					needNamespaces(t)
				}
				var out, errs bytes.Buffer
				if code := run(t.Context(), []string{"lab", "check", "--underlay", under, file}, &out, &errs); code != 0 {
					t.Errorf("exit code %d\n%s%s", code, &out, &errs)
				}
			})
		}
	}
}

// needNamespaces skips a test where this process may not make namespaces.
func needNamespaces(t *testing.T) {
	t.Helper()
	n, err := underlay.NewNetns(underlay.NetnsOptions{})
	var rights *underlay.RightsError
	if errors.As(err, &rights) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.Close()
}

// A difference is told with its line and its reason, in the reader's language,
// and is exit code 1; a wrong file is exit code 2.
func TestCheckTellsDifferences(t *testing.T) {
	data, err := os.ReadFile("../../examples/aliyun-one-account.yaml")
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(data), "port: 443, result: eni", "port: 443, result: allowed", 1)
	file := filepath.Join(t.TempDir(), "lab.yaml")
	if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"lab", "check", "--lang", "en", file}, &out, &errs); code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"expected allowed, found eni", "sg-endpoint", "1 of 7 expectations do not hold"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s%s", want, &out, &errs)
		}
	}
	out.Reset()
	if code := run(t.Context(), []string{"lab", "check", "--lang", "zh", file}, &out, &errs); code != 1 || !strings.Contains(out.String(), "条期望") {
		t.Errorf("%d %s", code, &out)
	}
	if err := os.WriteFile(file, []byte("lab: 1\nacounts: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	errs.Reset()
	if code := run(t.Context(), []string{"lab", "check", file}, &out, &errs); code != 2 || !strings.Contains(errs.String(), ":2:1: ") || !strings.Contains(errs.String(), "accounts") {
		t.Errorf("%d %s", code, &errs)
	}
	errs.Reset()
	if code := run(t.Context(), []string{"lab", "check", "--underlay", "loopbak", "../../examples/aliyun-one-account.yaml"}, &out, &errs); code != 2 || !strings.Contains(errs.String(), "loopback and netns") {
		t.Errorf("%d %s", code, &errs)
	}
}

// A check that is stopped tells nothing and leaves nothing.
func TestCheckStopped(t *testing.T) {
	dir, ignored := t.TempDir(), make(chan os.Signal, 1)
	t.Setenv("TMPDIR", dir)
	signal.Notify(ignored, syscall.SIGTERM) // one that comes late ends no tests
	defer signal.Stop(ignored)
	go func() {
		for t.Context().Err() == nil {
			if made, _ := filepath.Glob(dir + "/culvert-check-*/" + databaseFile); len(made) > 0 {
				_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"lab", "check", "../../examples/zilliz.yaml"}, &out, &errs)
	left, err := os.ReadDir(dir)
	if code != 2 || out.Len() > 0 || !strings.Contains(errs.String(), "stopped") || len(left) > 0 || err != nil {
		t.Errorf("%d %s%s%v %v", code, &out, &errs, left, err)
	}
}

// What check prints is what it checks, pasted into its file.
func TestCheckPrints(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%v %v", files, err)
	}
	for _, example := range files {
		t.Run(filepath.Base(example), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(example)
			if err != nil {
				t.Fatal(err)
			}
			// A client that does not run is no client.
			before, _, _ := strings.Cut(string(data), "expect:\n")
			before = strings.Replace(before, "{name: ECS3, ", "{name: ECS3, running: false, ", 1)
			file := filepath.Join(t.TempDir(), "lab.yaml")
			if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			if code := run(t.Context(), []string{"lab", "check", "--print", file}, &out, &errs); code != 0 || !strings.Contains(out.String(), "allowed") {
				t.Fatalf("%d %s%s", code, &out, &errs)
			}
			if strings.Contains(before, "running: false") && strings.Contains(out.String(), "from: ECS3") {
				t.Errorf("%s", &out)
			}
			if err := os.WriteFile(file, append([]byte(before), out.Bytes()...), 0o600); err != nil {
				t.Fatal(err)
			}
			var again bytes.Buffer
			if code := run(t.Context(), []string{"lab", "check", file}, &again, &errs); code != 0 {
				t.Errorf("%s\n%s%s", &out, &again, &errs)
			}
		})
	}
}

// Exporting, importing into an empty folder and exporting again is the same
// text; a folder in use says so.
func TestLabExportImport(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LC_ALL", "en")
	var out, errs bytes.Buffer
	lab := func(args ...string) int { return run(t.Context(), append([]string{"lab"}, args...), &out, &errs) }
	first, second := filepath.Join(dir, "1.yaml"), filepath.Join(dir, "2.yaml")
	for _, args := range [][]string{
		{"import", "--data", filepath.Join(dir, "a"), "../../examples/zilliz.yaml"},
		{"export", "--data", filepath.Join(dir, "a"), first},
		{"import", "--data", filepath.Join(dir, "b"), first},
		{"export", "--data", filepath.Join(dir, "b"), second},
	} {
		if code := lab(args...); code != 0 {
			t.Fatalf("%v: %d %s", args, code, &errs)
		}
	}
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	said := out.String() // the two imports did
	out.Reset()
	if code := lab("import", "--data", filepath.Join(dir, "none"), "--dry-run", first); code != 0 || strings.Count(said, "without passwords") != 2 ||
		!strings.Contains(out.String(), "nothing was made") || strings.Contains(out.String(), "without passwords") {
		t.Errorf("%d %s%s%s", code, said, &out, &errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error("trying made a folder: ", err)
	}
	b, err := os.ReadFile(second)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("%v\n%s\n---\n%s", err, a, b)
	}
	unlock, err := openData(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if code := lab("export", "--data", filepath.Join(dir, "a"), first); code != 1 || !strings.Contains(errs.String(), "in use") {
		t.Errorf("%d %s", code, &errs)
	}
}

// Networks stay where they are on the host: a folder remembers its slice, and
// starting it with one that begins elsewhere is refused with the one to use.
func TestBaseOfAFolder(t *testing.T) {
	data, file := filepath.Join(t.TempDir(), "data"), "../../examples/zilliz.yaml"
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{2, "127.1.2.3", []string{"lab", "import", "--data", data, "--underlay-base", "127.1.2.3", file}},
		{0, "", []string{"lab", "import", "--data", data, "--underlay-base", "127.72.0.0/14", file}},
		{0, "", []string{"lab", "export", "--data", data}},
		{1, "127.72.0.0/14", []string{"lab", "import", "--data", data, "--underlay-base", "127.16.0.0/12", file}},
		{1, "127.72.0.0/14", []string{"serve", "--data", data, "--underlay-base", "127.16.0.0/12"}},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), c.args, &out, &errs); code != c.code || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%v: %d %s", c.args, code, &errs)
		}
	}
}

// While a culvert runs on a data folder, the commands go through it.
func TestLabOfARunningCulvert(t *testing.T) {
	t.Setenv("LC_ALL", "en")
	data := filepath.Join(t.TempDir(), "data")
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan int)
	var log bytes.Buffer
	go func() {
		served <- run(ctx, []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--dns", "", "--underlay-base", "127.36.0.0/14"}, io.Discard, &log)
	}()
	socket := filepath.Join(data, instance.SocketName)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("unix", socket); err == nil {
			c.Close()
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		command, file string
		code          int
		says          string
	}{
		{"export", "-", 0, "lab: 1\n"},
		{"import --dry-run", "zilliz", 0, "nothing was made"},
		{"import", "zilliz", 0, "without passwords"},
		{"export", "-", 0, "in05-0123456789ab"},
		{"import", "zilliz", 1, "zilliz.yaml:5:"},
	} {
		if c.file != "-" {
			c.file = "../../examples/" + c.file + ".yaml"
		}
		var out bytes.Buffer
		args := append(append([]string{"lab"}, strings.Fields(c.command)...), "--data", data, c.file)
		if code := run(t.Context(), args, &out, &out); code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%v: %d %s", args, code, &out)
		}
	}
	stop()
	if code := <-served; code != 0 {
		t.Errorf("%d %s", code, &log)
	}
}
