package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every shape of this version of templ is known: nothing that writes by itself is
// left, and doing it again changes nothing.
func TestEveryShapeIsKnown(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../../views", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_templ.go") {
			return err
		}
		files++
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, left := range []string{"GetBuffer", "WriteString(templ_7745c5c3_Buffer", "templ.Error{"} {
			if strings.Contains(string(src), left) {
				t.Errorf("%s still has %s", path, left)
			}
		}
		if string(slim(src)) != string(src) {
			t.Errorf("%s changes again", path)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
}
