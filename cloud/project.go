package cloud

import (
	"context"
	"time"
)

// Zilliz is the third cloud: a service whose clusters live in regions of
// aliyun. It is also the operator's account that the networks of these clusters
// belong to, whom nobody can be.
const Zilliz = "zilliz"

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

// Projects answers the account's projects, oldest first. An account that has
// none gets its first one.
func (c *Caller) Projects(ctx context.Context) ([]ProjectView, error) {
	return nil, nil
}

// Project answers one of the account's projects.
func (c *Caller) Project(ctx context.Context, id string) (ProjectView, error) {
	return ProjectView{}, notFound("project", id)
}

// CreateProject makes a project; the field is "name", 1 to 64 characters, which
// no other project of the account has.
func (c *Caller) CreateProject(ctx context.Context, name string) (Project, error) {
	return Project{}, notFound("project", name)
}

// RenameProject changes the name.
func (c *Caller) RenameProject(ctx context.Context, id, name string) (Project, error) {
	return Project{}, notFound("project", id)
}

// DeleteProject removes a project; clusters and private links in it stand in
// the way, and an account keeps one.
func (c *Caller) DeleteProject(ctx context.Context, id string) error {
	return notFound("project", id)
}
