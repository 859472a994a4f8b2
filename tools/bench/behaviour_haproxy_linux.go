package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"culvert.internal/dataplane/behaviour"
)

// ask gives HAProxy a command by its socket and answers what it says.
func (st *stand) ask(command string) (string, error) {
	c, err := net.Dial("unix", filepath.Join(st.dir, "socket"))
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintln(c, command); err != nil {
		return "", err
	}
	b, err := io.ReadAll(c)
	return string(b), err
}

// command is one that says something only when it fails.
func (st *stand) command(command string) error {
	said, err := st.ask(command)
	if err == nil && strings.TrimSpace(said) != "" {
		err = errors.New(strings.TrimSpace(said))
	}
	return err
}

// counters are those of the first endpoint.
func (st *stand) counters() (c behaviour.Counters, err error) {
	table, err := st.ask("show stat")
	if err != nil {
		return c, err
	}
	for line := range strings.Lines(table) {
		const now, all, in, out = 4, 7, 8, 9 // columns of its table
		f := strings.Split(line, ",")
		if len(f) <= out || f[0] != "front" || f[1] != "FRONTEND" {
			continue
		}
		number := func(column int) uint64 {
			n, failed := strconv.ParseUint(f[column], 10, 64)
			err = errors.Join(err, failed)
			return n
		}
		return behaviour.Counters{In: number(in), Out: number(out), Accepted: int(number(all)), Active: int(number(now))}, err
	}
	return c, errors.New("HAProxy has no counters of the endpoint")
}

var sessionTotal = regexp.MustCompile(`total=(\d+)`)

// sessions are the live connections of the first endpoint.
func (st *stand) sessions() (all []behaviour.Carried, err error) {
	table, err := st.ask("show sess all")
	for _, one := range strings.Split(table, "\n0x") {
		totals := sessionTotal.FindAllStringSubmatch(one, 2)
		if !strings.Contains(one, "frontend=front ") || len(totals) < 2 {
			continue
		}
		in, failed := strconv.ParseUint(totals[0][1], 10, 64)
		err = errors.Join(err, failed)
		out, failed := strconv.ParseUint(totals[1][1], 10, 64)
		err = errors.Join(err, failed)
		all = append(all, behaviour.Carried{In: in, Out: out})
	}
	return all, err
}
