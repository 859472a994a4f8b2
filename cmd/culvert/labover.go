package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"syscall"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/instance"
	"culvert.internal/lab"
)

// A running Culvert holds its data folder, so that the commands for lab files
// ask it over the socket that only its user may open.

// labPatience is how long a large lab may take.
const labPatience = 5 * time.Minute

// imported is the answer to an import.
type imported struct {
	Made   []lab.Made
	Faults []lab.Fault
	Err    string
}

// labOver answers for lab files on the socket.
func labOver(e *cloud.Engine) func(*http.ServeMux) {
	patient := func(w http.ResponseWriter) {
		c, until := http.NewResponseController(w), time.Now().Add(labPatience)
		_, _ = c.SetReadDeadline(until), c.SetWriteDeadline(until)
	}
	return func(mux *http.ServeMux) {
		mux.HandleFunc("GET /lab", func(w http.ResponseWriter, r *http.Request) {
			patient(w)
			out, err := lab.Export(r.Context(), e)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			_, _ = w.Write(out)
		})
		mux.HandleFunc("POST /lab", func(w http.ResponseWriter, r *http.Request) {
			patient(w)
			var out imported
			data, err := io.ReadAll(r.Body)
			if err == nil {
				out.Made, out.Faults, err = lab.Import(r.Context(), e, cloud.SystemActor, data, r.URL.Query().Has("dry"))
			}
			if err != nil {
				out.Err = err.Error()
			}
			_ = json.NewEncoder(w).Encode(out)
		})
	}
}

// overSocket asks the culvert that runs on a data folder; ok is false when none
// does.
func overSocket(ctx context.Context, data, method, query string, body []byte) (answer []byte, ok bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://culvert/lab"+query, bytes.NewReader(body))
	if err != nil {
		return nil, true, err
	}
	path := filepath.Join(data, instance.SocketName)
	res, err := instance.Client(path, labPatience).Do(req)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, false, nil
	}
	if err != nil {
		return nil, true, fmt.Errorf("ask the culvert at %s: %w", path, err)
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the culvert at %s: %s", path, answer)
	}
	return answer, true, err
}

func exportOver(ctx context.Context, data string) ([]byte, bool, error) {
	return overSocket(ctx, data, http.MethodGet, "", nil)
}

func importOver(ctx context.Context, data string, file []byte, dry bool) ([]lab.Made, []lab.Fault, bool, error) {
	query := ""
	if dry {
		query = "?dry=1"
	}
	answer, ok, err := overSocket(ctx, data, http.MethodPost, query, file)
	if !ok || err != nil {
		return nil, nil, ok, err
	}
	var out imported
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, nil, true, err
	}
	if out.Err != "" {
		return nil, nil, true, errors.New(out.Err)
	}
	return out.Made, out.Faults, true, nil
}
