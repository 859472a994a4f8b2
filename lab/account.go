package lab

import (
	"errors"
	"slices"

	"culvert.internal/cloud"
)

// settings sets what an administrator could set.
func (l *loader) settings(root *item) error {
	_, dict := root.get("settings")
	if dict == nil || dict.Kind != Mapping {
		return nil
	}
	values := map[string]string{}
	var ids []string
	for _, k := range knobs() {
		ids = append(ids, k.ID)
	}
	it := &item{Node: dict, l: l, noun: "settings"}
	for i, k := range dict.Keys {
		switch {
		case !slices.Contains(ids, k.Text):
			l.suggest(k, "lab.setting", near(k.Text, ids), "value", k.Text)
		case l.e.Fixed(k.Text):
			l.fault(k, "lab.setting.fixed", "value", k.Text)
		default:
			values[k.Text] = dict.Items[i].Text
		}
	}
	if err := l.im.Settings(values); err != nil {
		return it.refused(err)
	}
	return nil
}

// knobs are the settings of an installation that belong to a lab: the limits, and
// what names and addresses follow from.
func knobs() []cloud.Knob {
	return slices.DeleteFunc(cloud.Knobs(), func(k cloud.Knob) bool { return k.ID == "session.hours" || k.ID == "attempts.keep" })
}

// account makes an account and its sub-accounts. It has no password.
func (l *loader) account(it *item) error {
	p := &person{item: it}
	l.people = append(l.people, p)
	ok, err := it.make(nil, func() (err error) {
		p.Account, err = l.im.Account(cloud.ImportedAccount{
			ID: it.text("id"), DomainID: it.text("domain-id"), Login: it.text("login"), Name: it.text("name"), NameEN: it.text("english"),
			Admin: it.yes("administrator", false), Demo: it.yes("demo", false), Disabled: it.yes("disabled", false),
		})
		return err
	})
	p.ok = ok
	if p.ok {
		l.accounts[p.Login], l.accounts[p.ID] = p.Account, p.Account
		l.noted(p.ID, p.Login, "account")
		l.count("account")
	} else {
		l.noted("", it.text("login"), "account")
		p.Login = it.text("login")
	}
	for _, sub := range it.rows["sub-accounts"] {
		_, made := sub.make(nil, func() error {
			if !p.ok {
				return nil
			}
			_, err := l.im.Account(cloud.ImportedAccount{
				ID: sub.text("id"), Main: p.ID, Login: sub.text("login"), Name: sub.text("name"), NameEN: sub.text("english"),
				Demo: sub.yes("demo", false), Disabled: sub.yes("disabled", false),
			})
			return err
		})
		if err := errors.Join(err, made); err != nil {
			return err
		}
		l.count("account")
	}
	return err
}
