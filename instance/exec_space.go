package instance

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// SetSite makes a network on premises known to `culvert exec`: its IDs, names and
// region. Only where instances have network namespaces can somebody be in one:
// elsewhere its addresses are this host's.
func (d *Doors) SetSite(s Spec) {
	s.Running = true
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sites[s.ID] = s
}

// RemoveSite forgets it and ends the programs in it.
func (d *Doors) RemoveSite(id string) {
	d.mu.Lock()
	delete(d.sites, id)
	d.mu.Unlock()
	d.guests.leave(id)
}

// guests are the connections of `culvert exec`, one for each program that runs
// in a namespace. A program ends when its connection does.
type guests struct {
	mu    sync.Mutex
	conns map[net.Conn]string // and whom it is as
	over  bool
}

func (g *guests) add(c net.Conn, id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return false
	}
	if g.conns == nil {
		g.conns = map[net.Conn]string{}
	}
	g.conns[c] = id
	return true
}

func (g *guests) remove(c net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
}

// leave ends the programs of one instance.
func (g *guests) leave(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c, of := range g.conns {
		if of == id {
			_ = c.Close()
		}
	}
}

func (g *guests) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	for c := range g.conns {
		_ = c.Close()
	}
}

// upgrade is the answer after which the connection carries a namespace.
const upgrade = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: culvert-space\r\n\r\n"

// lend gives a program the namespace of an instance and keeps the connection
// until either side closes it.
func (d *Doors) lend(w http.ResponseWriter, req *http.Request) {
	id := req.URL.Query().Get("id")
	space, err := d.network.Space(id)
	if err != nil || space == nil {
		http.Error(w, fmt.Sprint("no namespace: ", err), http.StatusNotFound)
		return
	}
	defer space.Close()
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		d.opt.Log.Debug("exec socket", "err", err)
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Time{})
	if !d.guests.add(c, id) {
		return
	}
	defer d.guests.remove(c)
	if err := sendFile(c, []byte(upgrade), space); err != nil {
		d.opt.Log.Debug("exec socket", "err", err)
		return
	}
	_, _ = io.Copy(io.Discard, c) // until one side leaves
}

// spaced says whether an instance, or a network on premises, has a namespace.
func (d *Doors) spaced(id string) bool {
	f, err := d.network.Space(id)
	if err != nil || f == nil {
		return false
	}
	return f.Close() == nil
}

// borrow asks the running Culvert for the namespace of an instance. It is there
// as long as the connection.
func borrow(ctx context.Context, socketPath, id string) (space *os.File, conn net.Conn, err error) {
	conn, err = dialSocket(ctx, socketPath)
	if err != nil {
		return nil, nil, err
	}
	if _, err = fmt.Fprintf(conn, "GET /space?id=%s HTTP/1.1\r\nHost: culvert\r\n\r\n", id); err == nil {
		space, err = receiveFile(conn)
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("ask Culvert for the network of %s: %w", id, err)
	}
	return space, conn, nil
}

// dialSocket connects to the running Culvert.
func dialSocket(ctx context.Context, socketPath string) (net.Conn, error) {
	path, done, err := shortPath(socketPath)
	if err != nil {
		return nil, err
	}
	defer done()
	return new(net.Dialer).DialContext(ctx, "unix", path)
}
