package cloud

import (
	"context"
	"errors"
	"strings"
	"time"
)

// DefaultProject is the name of the project that every account has from its
// first visit on (ZIL-01).
const DefaultProject = "Default Project"

// Project holds clusters and private links of one account (ZIL-01).
type Project struct {
	ID      string // "proj-" and 22 hexadecimal digits
	Account string
	Name    string
	Created time.Time
}

func (p Project) about() about { return about{kind: "project", id: p.ID, account: p.Account} }

// ProjectView is a project with what a page shows beside it.
type ProjectView struct {
	Project
	Clusters int
	Links    int
}

// project answers one of the account's projects.
func (c *Caller) project(tx *Tx, id string) (Project, error) {
	p, err := tx.Projects.Get(id)
	if err != nil || p.Account != c.account.ID {
		return Project{}, orMissing(err, "project", id)
	}
	return p, nil
}

// Projects answers the account's projects, oldest first. An account that has
// none gets its first one.
func (c *Caller) Projects(ctx context.Context) ([]ProjectView, error) {
	list, err := c.projects(ctx)
	if err != nil || len(list) > 0 {
		return list, err
	}
	// Nobody asks for it, so it is nobody's doing.
	if err := c.e.write(ctx, SystemActor, func(tx *Tx) error {
		if n, err := tx.Projects.Count(Where{"account": c.account.ID}); err != nil || n > 0 {
			return err
		}
		return tx.Projects.Put(Project{ID: newProjectID(), Account: c.account.ID, Name: DefaultProject, Created: now()})
	}); err != nil {
		return nil, err
	}
	return c.projects(ctx)
}

func (c *Caller) projects(ctx context.Context) ([]ProjectView, error) {
	var out []ProjectView
	err := c.read(ctx, func(tx *Tx) error {
		mine := Where{"account": c.account.ID}
		list, err := tx.Projects.List(mine)
		if err != nil {
			return err
		}
		clusters, err := tx.Clusters.Tally("project", mine)
		if err != nil {
			return err
		}
		links, err := tx.PrivateLinks.Tally("project", mine)
		for _, p := range list {
			out = append(out, ProjectView{Project: p, Clusters: clusters[p.ID], Links: links[p.ID]})
		}
		return err
	})
	return out, err
}

// Project answers one of the account's projects.
func (c *Caller) Project(ctx context.Context, id string) (ProjectView, error) {
	var v ProjectView
	err := c.read(ctx, func(tx *Tx) (err error) {
		if v.Project, err = c.project(tx, id); err != nil {
			return err
		}
		if v.Clusters, err = tx.Clusters.Count(Where{"project": id}); err != nil {
			return err
		}
		v.Links, err = tx.PrivateLinks.Count(Where{"project": id})
		return err
	})
	return v, err
}

// CreateProject makes a project; the field is "name", 1 to 64 characters, which
// no other project of the account has.
func (c *Caller) CreateProject(ctx context.Context, name string) (Project, error) {
	p := Project{ID: c.e.mint("project", newProjectID), Account: c.account.ID, Name: strings.TrimSpace(name), Created: now()}
	err := c.write(ctx, func(tx *Tx) error { return putProject(tx, p) })
	return p, err
}

// RenameProject changes the name.
func (c *Caller) RenameProject(ctx context.Context, id, name string) (Project, error) {
	var p Project
	err := c.write(ctx, func(tx *Tx) (err error) {
		if p, err = c.project(tx, id); err != nil {
			return err
		}
		p.Name = strings.TrimSpace(name)
		return putProject(tx, p)
	})
	return p, err
}

func putProject(tx *Tx, p Project) error {
	var ck check
	ck.name("name", p.Name, 1, 64)
	others, err := tx.Projects.List(Where{"account": p.Account, "name": p.Name})
	if err != nil {
		return err
	}
	if len(others) > 0 && others[0].ID != p.ID {
		ck.fail("name", "error.project.name", "value", p.Name)
	}
	if err := ck.err(); err != nil {
		return err
	}
	return tx.Projects.Put(p)
}

// DeleteProject removes a project; clusters and private links in it stand in
// the way, and an account keeps one.
func (c *Caller) DeleteProject(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		p, err := c.project(tx, id)
		if err != nil {
			return err
		}
		clusters, err := tx.Clusters.List(Where{"project": id})
		if err != nil {
			return err
		}
		links, err := tx.PrivateLinks.List(Where{"project": id})
		if err != nil {
			return err
		}
		var blockers []Ref
		for _, k := range clusters {
			blockers = append(blockers, Ref{"cluster", k.ID, k.Name, k.Account})
		}
		blockers = append(blockers, linkRefs(links)...)
		if len(blockers) > 0 {
			return conflict("error.project.used", args("name", p.Name), blockers...)
		}
		if n, err := tx.Projects.Count(Where{"account": p.Account}); err != nil || n < 2 {
			return errors.Join(err, conflict("error.project.last", args("name", p.Name)))
		}
		return tx.Projects.Delete(id)
	})
}
