package ui

import "culvert.internal/cloud"

// KindOf is how a documented state stands: what the system is doing, what
// waits for a person, what passes.
func KindOf(s cloud.State) Kind {
	switch s {
	case cloud.Active, cloud.Connected, cloud.Accepted, cloud.Available, cloud.Migrated:
		return OK
	case cloud.Wait, cloud.Disconnected, cloud.Pending:
		return Wait
	case cloud.Creating, cloud.Connecting, cloud.Disconnecting, cloud.Deleting, cloud.Migrating:
		return Run
	case cloud.ServiceDeleted, cloud.Rejected, cloud.Failed:
		return Bad
	}
	return Off
}
