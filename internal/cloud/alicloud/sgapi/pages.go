package sgapi

import (
	"context"
	"errors"
	"strconv"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// pageSize is the most entries of a page of the listings.
const pageSize = 100

// pages reads a listing to its end: action's pages, of which take gets each one
// whole. A listing whose pages repeat themselves, or whose next page is refused, is
// class Transient: it is to be started over.
func (c *Client) pages(ctx context.Context, action, concerns string, size int, params form, take func(acs.Object) error) error {
	seen := map[string]bool{}
	for token := ""; ; {
		page := params.with(form{"MaxResults": strconv.Itoa(size)})
		if token != "" {
			page["NextToken"] = token
		}
		call := c.call(action, concerns, page)
		next := ""
		call.Accept = func(o acs.Object) error {
			next = o.Text("NextToken")
			if next != "" && (seen[next] || next == token) {
				return errors.New("the pages of the listing repeat themselves")
			}
			return take(o)
		}
		if err := c.rpc.Do(ctx, call); err != nil {
			return ofToken(err, token)
		}
		if next == "" {
			return nil
		}
		seen[next], token = true, next
	}
}

// entries are the objects of a list in a page of a listing, which must have it: an
// empty body or a foreign page must not pass for "none".
func entries(o acs.Object, name string) ([]acs.Object, error) {
	items, err := o.List(name, name)
	if _, told := o.Told(name, name); err == nil && !told && o.Text("TotalCount") != "0" {
		err = errors.New("it lacks the " + name)
	}
	return items, err
}

// ofToken is the error of a page after a token. Whether the credentials are good or
// the group is there is for the first page to say: it was answered.
func ofToken(err error, token string) error {
	e, ok := errors.AsType[*membership.Error](err)
	refused := ok && e.Status >= 400 && e.Status < 500 && e.Class != membership.Throttled && e.Class != membership.Busy
	if token == "" || !refused {
		return err
	}
	over := *e
	over.Class = membership.Transient
	over.Message = "the page after " + apikit.Word(token) + " was refused, so the listing is to be started over: " + e.Message
	return &over
}
