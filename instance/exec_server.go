package instance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"time"
)

// SocketName is the file in the data folder by which `culvert exec` reaches
// the running program.
const SocketName = "culvert.sock"

// resident is an instance as `culvert exec` sees it.
type resident struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Account string         `json:"account"`
	Region  string         `json:"region"`
	Running bool           `json:"running"`
	Out     bool           `json:"out,omitempty"` // it does not run because its zone has failed
	SOCKS   netip.AddrPort `json:"socks"`
	// Space says that it has a network namespace, in which programs see the file
	// ResolvConf as /etc/resolv.conf.
	Space      bool   `json:"space,omitempty"`
	ResolvConf string `json:"resolvconf,omitempty"`
}

// String is the resident as a list shows it: "Account A/ECS1 (i-…)".
func (r resident) String() string { return fmt.Sprintf("%s/%s (%s)", r.Account, r.Name, r.ID) }

// found is the answer to a question for an instance: the one that was meant,
// or those to choose from.
type found struct {
	One  *resident  `json:"one,omitempty"`
	Many []resident `json:"many,omitempty"` // several have that name
	All  []resident `json:"all,omitempty"`  // none has it; these exist
}

// find looks for an ID, a name, or an account (its name or ID) and a name
// joined by a slash.
func (d *Doors) find(who string) found {
	var many []Spec
	d.mu.RLock()
	rooms := make([]*room, 0, len(d.rooms))
	for _, r := range d.rooms {
		rooms = append(rooms, r)
	}
	specs := slices.Collect(maps.Values(d.sites))
	d.mu.RUnlock()
	for _, r := range rooms {
		if s := r.now(); s.Host == "" {
			specs = append(specs, s)
		}
	}
	for _, s := range specs {
		if s.ID == who {
			one := d.resident(s)
			return found{One: &one}
		}
		if s.Name == who || s.AccountName+"/"+s.Name == who || s.Account+"/"+s.Name == who {
			many = append(many, s)
		}
	}
	switch len(many) {
	case 0:
		return found{All: d.residents(specs)}
	case 1:
		one := d.resident(many[0])
		return found{One: &one}
	}
	return found{Many: d.residents(many)}
}

func (d *Doors) resident(s Spec) resident {
	one := resident{ID: s.ID, Name: s.Name, Account: cmp.Or(s.AccountName, s.Account), Region: s.Region, Running: s.Running, Out: s.Out, SOCKS: d.SOCKS(s.ID)}
	if one.Space = d.spaced(s.ID); one.Space {
		one.ResolvConf = d.opt.ResolvConf
	}
	return one
}

// residents are in the order of a list.
func (d *Doors) residents(specs []Spec) []resident {
	var list []resident
	for _, s := range specs {
		list = append(list, d.resident(s))
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) < 0
	})
	return list
}

// ServeExec answers `culvert exec` on a Unix socket, which only the user who
// runs Culvert may open, until ctx is done. A socket left by a killed process
// is replaced: the caller holds the lock of the data folder.
//
// also adds what else the socket answers.
func (d *Doors) ServeExec(ctx context.Context, socketPath string, also ...func(*http.ServeMux)) error {
	ln, err := listenPrivate(socketPath)
	if err != nil {
		return fmt.Errorf("open %s: %w", socketPath, err)
	}
	defer os.Remove(socketPath)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /instance", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(d.find(req.URL.Query().Get("who"))); err != nil {
			d.opt.Log.Debug("exec socket", "err", err)
		}
	})
	mux.HandleFunc("GET /space", d.lend)
	for _, add := range also {
		add(mux)
	}
	srv := http.Server{
		Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, IdleTimeout: time.Second,
		ErrorLog: slog.NewLogLogger(d.opt.Log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() {
		_ = srv.Close()
		d.guests.close()
	})
	defer stop()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", socketPath, err)
	}
	return nil
}

// listenPrivate makes the socket in a folder nobody else can enter and moves
// it to its place when its mode is right, so that there is no moment in which
// others could connect.
func listenPrivate(path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".sock-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	short, done, err := shortPath(made)
	if err != nil {
		return nil, err
	}
	defer done()
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// Its own idea of where the file is ends with the rename.
	ln.SetUnlinkOnClose(false)
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

// sunPath is the longest path a socket address takes on every system.
const sunPath = 100

// shortPath is another name of a path that is too long for a socket address,
// valid until done.
func shortPath(path string) (short string, done func(), err error) {
	if len(path) <= sunPath || runtime.GOOS != "linux" {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { _ = dir.Close() }, nil
}
