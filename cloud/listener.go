package cloud

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Listener forwards one port of a CLB to the default server group (LSN-01).
type Listener struct {
	ID          string
	Account     string
	Balancer    string
	Name        string
	Protocol    string // tcp or udp
	Port        uint16
	BackendPort uint16
	Scheduler   string
	IdleSeconds int // TCP: 10 to 900; UDP flows
	Running     bool
	Health      Health
	Created     time.Time
}

func (l Listener) about() about {
	return about{kind: "listener", id: l.ID, account: l.Account, parent: l.Balancer}
}

// Schedulers of a listener.
const (
	WRR = "wrr" // weighted round robin, the documented default
	RR  = "rr"  // round robin: every weight above 0 counts the same
)

// Health is how a listener's backends are probed (REQUIREMENTS B.4).
type Health struct {
	Kind      string // tcp, http or udp
	Port      uint16 // 0: the backend port
	Interval  int    // seconds, 1 to 50, default 2
	Timeout   int    // seconds, 1 to 300, default 5
	Healthy   int    // 2 to 10, default 3
	Unhealthy int    // 2 to 10, default 3
	Path      string // HTTP only
	Host      string // HTTP only; empty: the backend's address
	Codes     string // HTTP only: "http_2xx,http_3xx"
}

// ListenerInput is the listener wizard: step 1 Protocol to Idle, step 2
// Servers and BackendPort, step 3 the Health fields. Field names are the
// struct's names in lower case; a weight is "weight.INSTANCE".
type ListenerInput struct {
	Protocol, Port, Name, Scheduler, Idle                                     string
	Servers                                                                   []BackendInput
	BackendPort                                                               string
	HealthKind, HealthPort, Interval, Timeout, Healthy, Unhealthy, Path, Host string
	Codes                                                                     []string
}

// The steps of the listener wizard and the fields judged in each (LSN-02 to
// LSN-07).
func ListenerSteps() map[int][]string {
	return map[int][]string{
		1: {"protocol", "port", "name", "scheduler", "idle"},
		2: {"servers", "weight", "backendport"},
		3: {"healthkind", "healthport", "interval", "timeout", "healthy", "unhealthy", "path", "host", "codes"},
	}
}

var (
	healthPath = regexp.MustCompile(`^/[A-Za-z0-9/._~?&=%+:@!$'()*,;#-]{0,79}$`)
	healthHost = regexp.MustCompile(`^[A-Za-z0-9.-]{1,80}$`)
)

func (c *Caller) listener(tx *Tx, balancer, id string) (Balancer, Listener, error) {
	b, err := c.balancer(tx, balancer)
	if err != nil {
		return Balancer{}, Listener{}, err
	}
	l, err := tx.Listeners.Get(id)
	if err != nil || l.Balancer != b.ID {
		return Balancer{}, Listener{}, orMissing(err, "listener", id)
	}
	return b, l, nil
}

// Listener answers one listener of one of the account's CLBs.
func (c *Caller) Listener(ctx context.Context, balancer, id string) (Listener, error) {
	var l Listener
	err := c.read(ctx, func(tx *Tx) (err error) {
		_, l, err = c.listener(tx, balancer, id)
		return err
	})
	return l, err
}

// CheckListener judges the whole wizard without storing anything: the page
// shows the mistakes of the step that is open. listener is empty for a new
// one.
func (c *Caller) CheckListener(ctx context.Context, balancer, listener string, in ListenerInput) error {
	return c.read(ctx, func(tx *Tx) error {
		b, err := c.balancer(tx, balancer)
		if err != nil {
			return err
		}
		var ck check
		if _, err := c.readListener(tx, &ck, b, listener, in); err != nil {
			return err
		}
		for _, s := range in.Servers {
			ck.number("weight."+s.Instance, s.Weight, 100, 0, 100)
		}
		return ck.err()
	})
}

// SaveListener stores the wizard: a new listener when id is empty, else a
// change of it, together with the server group.
func (c *Caller) SaveListener(ctx context.Context, balancer, id string, in ListenerInput) (Listener, error) {
	var l Listener
	err := c.write(ctx, func(tx *Tx) (err error) {
		l, err = c.saveListener(tx, balancer, id, in)
		return err
	})
	return l, err
}

func (c *Caller) saveListener(tx *Tx, balancer, id string, in ListenerInput) (Listener, error) {
	b, err := c.balancer(tx, balancer)
	if err != nil {
		return Listener{}, err
	}
	var ck check
	l, err := c.readListener(tx, &ck, b, id, in)
	if err != nil {
		return l, err
	}
	if err := c.putBackends(tx, &ck, b, in.Servers); err != nil {
		return l, err
	}
	if err := c.dropBackends(tx, b, in.Servers); err != nil {
		return l, err
	}
	if err := ck.err(); err != nil {
		return l, err
	}
	return l, tx.Listeners.Put(l)
}

// dropBackends removes the members the wizard no longer lists.
func (c *Caller) dropBackends(tx *Tx, b Balancer, keep []BackendInput) error {
	have, err := tx.Backends.List(Where{"balancer": b.ID})
	if err != nil {
		return err
	}
	for _, m := range have {
		if !slices.ContainsFunc(keep, func(k BackendInput) bool { return k.Instance == m.Instance }) {
			if err := tx.Backends.Delete(m.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Caller) readListener(tx *Tx, ck *check, b Balancer, id string, in ListenerInput) (Listener, error) {
	r, err := region(b.Region)
	if err != nil {
		return Listener{}, err
	}
	l := Listener{ID: c.e.newID("lsn", r), Account: b.Account, Balancer: b.ID, Running: true, Created: now()}
	if id != "" {
		if _, l, err = c.listener(tx, b.ID, id); err != nil {
			return Listener{}, err
		}
	}
	l.Name = strings.TrimSpace(in.Name)
	if l.Name != "" {
		ck.name("name", l.Name, 1, 256)
	}
	l.Protocol = ck.oneOf("protocol", in.Protocol, "", TCP, UDP)
	l.Port = ck.port("port", in.Port)
	l.BackendPort = ck.port("backendport", in.BackendPort)
	l.Scheduler = ck.oneOf("scheduler", in.Scheduler, WRR, WRR, RR)
	l.IdleSeconds = ck.number("idle", in.Idle, 900, 10, 900)
	if len(in.Servers) == 0 {
		ck.fail("servers", "error.listener.servers")
	}
	l.Health = ck.health(l.Protocol, in)
	others, err := tx.Listeners.List(Where{"balancer": b.ID})
	if err != nil {
		return Listener{}, err
	}
	if id == "" && len(others) >= c.e.Limits().Listeners {
		return Listener{}, &Error{Kind: Exceeded, Key: "error.quota.listeners", Args: args("max", itoa(c.e.Limits().Listeners))}
	}
	for _, o := range others {
		if o.ID != l.ID && o.Port == l.Port && o.Protocol == l.Protocol {
			ck.fail("port", "error.listener.port", "port", itoa(int(l.Port)), "protocol", strings.ToUpper(l.Protocol))
		}
	}
	return l, nil
}

func (c *check) health(protocol string, in ListenerInput) Health {
	kinds := []string{TCP, "http"}
	if protocol == UDP {
		kinds = []string{UDP}
	}
	h := Health{
		Kind:      c.oneOf("healthkind", in.HealthKind, kinds[0], kinds...),
		Port:      uint16(c.number("healthport", in.HealthPort, 0, 0, 65535)),
		Interval:  c.number("interval", in.Interval, 2, 1, 50),
		Timeout:   c.number("timeout", in.Timeout, 5, 1, 300),
		Healthy:   c.number("healthy", in.Healthy, 3, 2, 10),
		Unhealthy: c.number("unhealthy", in.Unhealthy, 3, 2, 10),
	}
	if h.Kind != "http" {
		return h
	}
	if h.Path = in.Path; h.Path == "" {
		h.Path = "/"
	} else if !healthPath.MatchString(h.Path) {
		c.fail("path", "error.health.path")
	}
	if h.Host = in.Host; h.Host != "" && !healthHost.MatchString(h.Host) {
		c.fail("host", "error.health.host")
	}
	codes := in.Codes
	if len(codes) == 0 {
		codes = []string{"http_2xx", "http_3xx"}
	}
	for _, code := range codes {
		c.oneOf("codes", code, "", "http_2xx", "http_3xx", "http_4xx", "http_5xx")
	}
	h.Codes = strings.Join(codes, ",")
	return h
}

// RunListener starts or stops a listener.
func (c *Caller) RunListener(ctx context.Context, balancer, id string, running bool) (Listener, error) {
	var l Listener
	err := c.write(ctx, func(tx *Tx) (err error) {
		if _, l, err = c.listener(tx, balancer, id); err != nil {
			return err
		}
		l.Running = running
		return tx.Listeners.Put(l)
	})
	return l, err
}

// DeleteListener removes a listener: its port is closed at once on the CLB and
// on every endpoint before it.
func (c *Caller) DeleteListener(ctx context.Context, balancer, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		if _, _, err := c.listener(tx, balancer, id); err != nil {
			return err
		}
		return tx.Listeners.Delete(id)
	})
}
