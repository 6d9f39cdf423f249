package elbapi

import (
	"errors"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// pageSize is the most entries of a page (ListMembers and ListPools: limit, 0
// to 2000).
const pageSize = 2000

// listingPage is one page of a listing.
type listingPage[T any] struct {
	entries   []T
	next      string // next_marker; "" where there is none
	status    int
	requestID string
}

func nextMarker(info *model.PageInfo) string {
	if info == nil {
		return ""
	}
	return value(info.NextMarker)
}

// everyPage reads a listing to its end, each entry once. read gives the page
// after a marker, the first one for "". A listing whose full pages repeat
// themselves is class Transient, and so is one whose next page is refused: the
// member that it was to begin after may have been removed since, so that the
// listing is to be started over.
//
// A next_marker is followed even where the page is shorter than asked for: an
// endpoint may cap its pages lower, and a member that is not listed is taken
// for one that is gone. An endpoint that marks its last page too costs one
// call more.
func everyPage[T any](action string, id func(T) string, read func(marker string) (listingPage[T], error)) ([]T, error) {
	all := []T{}
	seen := map[string]bool{}
	marker, short := "", false
	for {
		page, err := read(marker)
		if err != nil {
			return nil, ofMarker(err, marker)
		}
		news := 0
		for _, e := range page.entries {
			if !seen[id(e)] {
				seen[id(e)] = true
				news++
				all = append(all, e)
			}
		}
		switch {
		case page.next == "", len(page.entries) == 0, page.next == marker && news > 0:
			return all, nil
		case news == 0 && short:
			return all, nil // the short page before was the last, and its marker led back
		case news == 0:
			return nil, &membership.Error{Class: membership.Transient, Action: action, Status: page.status,
				RequestID: page.requestID, Message: "the pages of the listing repeat themselves"}
		}
		marker, short = page.next, len(page.entries) < pageSize
	}
}

// ofMarker is the error of a page after a marker. Whether the credentials are
// good or the pool is there is for the first page to say: it was answered.
func ofMarker(err error, marker string) error {
	e, ok := errors.AsType[*membership.Error](err)
	refused := ok && e.Status >= 400 && e.Status < 500 && e.Class != membership.Throttled && e.Class != membership.Busy
	if marker == "" || !refused {
		return err
	}
	over := *e
	over.Class = membership.Transient
	over.Message = "the page after " + apikit.Word(marker) + " was refused, so the listing is to be started over: " + e.Message
	return &over
}
