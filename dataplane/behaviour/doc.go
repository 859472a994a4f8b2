// Package behaviour is one table of what a forwarder of connections and
// packets has to do. It is run over every path of the data plane, and over
// other forwarders for the record.
//
// A Row is one promise: what a client or a backend does, and what the other
// side must see of it. It knows nothing of who forwards. It is given a Rig: an
// address to dial and the places that the forwarder sends to, at which the row
// makes its own servers stand, be silent or vanish. What not every forwarder
// has (counters, a door, a change while it works) are functions of the rig
// that may be missing; a row that needs one answers ErrNotOffered.
//
// Every row is bounded in time and waits for conditions only.
package behaviour
