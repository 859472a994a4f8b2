package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Instance is the instances of an account, and being on one (ALI-03, ALI-05,
// TST-01).
type Instance struct{ *Base }

// Routes registers the pages. A command of the terminal is posted to the
// instance's own page.
func (h *Instance) Routes(g *echo.Group) {
	g.GET("/instances", h.list)
	g.GET("/instances/new", h.new)
	g.POST("/instances/new", h.create)
	g.GET("/instances/:id", h.show)
	g.POST("/instances/:id", h.terminal)
	g.GET("/instances/:id/browser", h.status)
	g.POST("/instances/:id/browser", h.browse)
	g.GET("/instances/:id/edit", h.edit)
	g.POST("/instances/:id/edit", h.update)
	g.GET("/instances/:id/groups", h.groups)
	g.POST("/instances/:id/groups", h.setGroups)
	g.POST("/instances/:id/run", h.run)
	g.GET("/instances/:id/delete", h.askDelete)
	g.POST("/instances/:id/delete", h.remove)
}

func (h *Instance) list(c echo.Context) error {
	f := h.Frame(c)
	vpcs, err := h.vpcs(c)
	if err != nil {
		return err
	}
	filters := []ui.Filter{
		f.VPCFilter(vpcs),
		f.Filter("running", f.T("word.state"), func(v string) string {
			return f.T(map[string]string{"yes": "state.instance.running", "no": "state.instance.stopped"}[v])
		}, "yes", "no"),
	}
	found, err := h.Caller(c).FindInstances(c.Request().Context(), h.Region(c), asked(c, filters...))
	if err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	return h.Render(c, http.StatusOK, views.InstanceListPage(f, views.InstanceList{Items: found.Items, List: listed(f, found, filters)}))
}

func (h *Instance) new(c echo.Context) error { return h.ShowForm(c, h.form) }

// form offers the groups of the chosen vSwitch's VPC. ?vpc= chooses its only
// vSwitch.
func (h *Instance) form(c echo.Context, form ui.Form) (templ.Component, error) {
	ctx, region := c.Request().Context(), h.Region(c)
	p := views.InstanceNew{Form: form}
	var err error
	if p.VSwitches, err = h.Caller(c).VSwitches(ctx, region, ""); err != nil {
		return nil, fmt.Errorf("list vSwitches: %w", err)
	}
	form.Default("program", cloud.ProgramWeb)
	h.chooseVSwitch(form, p.VSwitches)
	for _, s := range p.VSwitches {
		if s.ID != form.Value("vswitch") {
			continue
		}
		if p.Groups, err = h.Caller(c).SecurityGroups(ctx, region, s.VPC); err != nil {
			return nil, fmt.Errorf("list security groups of %s: %w", s.VPC, err)
		}
	}
	if form.Err == nil {
		p.Cleared = keepGroups(form, p.Groups)
	}
	return views.InstanceNewPage(h.Frame(c), p), nil
}

// chooseVSwitch selects the only vSwitch there is, in the VPC that was asked
// for or at all.
func (h *Instance) chooseVSwitch(form ui.Form, all []cloud.VSwitchView) {
	if vpc := form.Value("vpc"); vpc != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(s cloud.VSwitchView) bool { return s.VPC != vpc })
	}
	if len(all) == 1 {
		form.Default("vswitch", all[0].ID)
	}
}

// keepGroups takes chosen groups out that are not among those offered, and
// says whether there were any.
func keepGroups(form ui.Form, offered []cloud.GroupView) bool {
	chosen := form.All("groups")
	left := slices.DeleteFunc(slices.Clone(chosen), func(id string) bool {
		return !slices.ContainsFunc(offered, func(g cloud.GroupView) bool { return g.ID == id })
	})
	form.Values["groups"] = left
	return len(left) < len(chosen)
}

func (h *Instance) create(c echo.Context) error {
	i, err := h.Caller(c).CreateInstance(c.Request().Context(), h.Region(c), instanceInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("create an instance: %w", atField(err, "vswitch", "vswitch")), h.form)
	}
	return h.Redirect(c, "/instances/"+i.ID, "instance.created", "name", i.Name, "ip", i.IP.String())
}

func instanceInput(form ui.Form) cloud.InstanceInput {
	return cloud.InstanceInput{
		Name: form.Value("name"), VSwitch: form.Value("vswitch"), IP: form.Value("ip"), Groups: form.All("groups"),
		Program: form.Value("program"), Port: form.Value("port"), Text: form.Value("text"),
	}
}

// read answers the instance of the address.
func (h *Instance) read(c echo.Context) (cloud.InstanceView, error) {
	id := c.Param("id")
	i, err := h.Caller(c).Instance(c.Request().Context(), id)
	if err != nil {
		return i, fmt.Errorf("read instance %s: %w", id, err)
	}
	return i, h.here(c, "instance", id, i.Region)
}

func (h *Instance) edit(c echo.Context) error { return h.ShowForm(c, h.editForm) }

func (h *Instance) editForm(c echo.Context, form ui.Form) (templ.Component, error) {
	i, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("name", i.Name)
	form.Default("program", i.Program)
	if i.Port != 0 {
		form.Default("port", strconv.Itoa(int(i.Port)))
	}
	form.Default("text", i.Text)
	return views.InstanceEditPage(h.Frame(c), views.InstanceEdit{Form: form, Instance: i}), nil
}

func (h *Instance) update(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	saved, err := h.Caller(c).UpdateInstance(c.Request().Context(), i.ID, instanceInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change instance %s: %w", i.ID, err), h.editForm)
	}
	return h.Redirect(c, "/instances/"+i.ID, "instance.saved", "name", saved.Name)
}

func (h *Instance) groups(c echo.Context) error { return h.ShowForm(c, h.groupsForm) }

func (h *Instance) groupsForm(c echo.Context, form ui.Form) (templ.Component, error) {
	i, err := h.read(c)
	if err != nil {
		return nil, err
	}
	all, err := h.Caller(c).SecurityGroups(c.Request().Context(), h.Region(c), i.VPC)
	if err != nil {
		return nil, fmt.Errorf("list security groups of %s: %w", i.VPC, err)
	}
	if form.Fresh() && form.Err == nil {
		form.Values["groups"] = slices.Clone(i.Groups)
	}
	return views.InstanceGroupsPage(h.Frame(c), views.InstanceEdit{Form: form, Instance: i, Groups: all}), nil
}

func (h *Instance) setGroups(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	if _, err := h.Caller(c).SetInstanceGroups(c.Request().Context(), i.ID, h.Form(c).All("groups")); err != nil {
		return h.Fail(c, fmt.Errorf("change the groups of %s: %w", i.ID, err), h.groupsForm)
	}
	return h.Redirect(c, "/instances/"+i.ID, "instance.groups.saved", "name", i.Name)
}

// run starts or stops the instance.
func (h *Instance) run(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	on := h.Form(c).Value("running") == "yes"
	if _, err := h.Caller(c).RunInstance(c.Request().Context(), i.ID, on); err != nil {
		return fmt.Errorf("start or stop instance %s: %w", i.ID, err)
	}
	said := "instance.stopped"
	if on {
		said = "instance.started"
	}
	return h.Redirect(c, "/instances/"+i.ID, said, "name", i.Name)
}

func (h *Instance) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *Instance) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	i, err := h.read(c)
	if err != nil {
		return nil, err
	}
	balancers, err := balancersIn(c.Request().Context(), h.Caller(c), h.Region(c), i.VPC)
	if err != nil {
		return nil, err
	}
	var blockers []cloud.Ref
	for _, b := range balancers {
		if slices.ContainsFunc(b.Backends, func(m cloud.BackendView) bool { return m.Instance == i.ID }) {
			blockers = append(blockers, cloud.Ref{Kind: "balancer", ID: b.ID, Name: b.Name, Account: b.Account})
		}
	}
	services, err := h.Caller(c).InstanceServices(c.Request().Context(), i.ID)
	if err != nil {
		return nil, fmt.Errorf("list what uses instance %s: %w", i.ID, err)
	}
	blockers = append(blockers, services...)
	f, at := h.Frame(c), "/instances/"+i.ID
	effects := []string{
		f.T("instance.delete.ip", "ip", i.IP, "vswitch", i.VSwitchName),
		f.T("instance.delete.socks"),
	}
	if i.Program != cloud.ProgramNone && i.Running {
		effects = append([]string{f.T("instance.delete.program")}, effects...)
	}
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("instance.delete", "name", i.Name), Back: f.Link(at),
		Trail:   f.Trail("instance.title", "/instances", i.Name, at, f.T("do.delete"), ""),
		Effects: effects, Blockers: blockers, Why: f.T("error.instance.used", "name", i.Name),
	}), nil
}

func (h *Instance) remove(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteInstance(c.Request().Context(), i.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete instance %s: %w", i.ID, err), h.deletePage)
	}
	return h.Redirect(c, "/instances", "instance.deleted", "name", i.Name)
}
