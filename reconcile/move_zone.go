package reconcile

import (
	"time"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
)

// moving is an interface that was moved to another resource while flows lived
// that go to the one before.
type moving struct {
	endpoint, balancer string
	until              time.Time
}

// before says whether a flow goes to another CLB than the interface does now.
func (m moving) before(c dataplane.ConnInfo) bool { return c.Balancer != m.balancer }

// moved ends what may live no longer of the flows that an interface had before
// it was moved, and says whether others live. What is being joined meanwhile is
// judged again, and goes to the new one.
func (s *step) moved(i cloud.Interface, balancer string) bool {
	delete(s.done.moving, i.ID)
	if i.MovedFrom == "" {
		return false
	}
	m := moving{i.Endpoint, balancer, i.Until}
	s.plane.Cut(i.ID, func(c dataplane.ConnInfo) bool { return m.over() && m.before(c) })
	if m.over() || !s.plane.Any(i.ID, m.before) {
		return false
	}
	s.done.moving[i.ID] = m
	return true
}

func (m moving) over() bool { return !time.Now().Before(m.until) }

// settled are the endpoints of which an interface's last old flow has ended, or
// may live no longer.
func (l *Lab) settled() map[key]bool {
	keys := map[key]bool{}
	for id, m := range l.done.moving {
		if m.over() || !l.plane.Any(id, m.before) {
			keys[key{endpoints, m.endpoint}] = true
		}
	}
	return keys
}
