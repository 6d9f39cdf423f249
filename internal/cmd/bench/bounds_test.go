package main

import (
	"math"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

func TestCallsAreCountedByWhatTheyAre(t *testing.T) {
	t.Parallel()
	log := fakecloud.Entries{
		{Op: "KeystoneListProjects", Status: 200},
		{Op: "ListMembers", Group: "g", Status: 200},
		{Op: "BatchCreateMembers", Group: "g", Write: true, Items: 10, Status: 200},
		{Op: "BatchCreateMembers", Group: "g", Write: true, Items: 10, Status: 409, Busy: true},
		{Op: "BatchCreateMembers", Group: "g", Write: true, Items: 3, Status: 200},
		{Op: "ShowPool", Group: "g", Status: 400},
	}
	got := count(log)
	if got.calls != 5 || got.lookups != 1 || got.writes != 3 || got.reads != 2 || got.busy != 1 {
		t.Errorf("counted %+v", got)
	}
	if s := got.batches(); s != "10 x2, 3" {
		t.Errorf("batches %q", s)
	}
	if s := got.String(); s != "3 writes, 2 reads, 1 of no group, 1 busy, of 10 x2, 3 members" {
		t.Errorf("written %q", s)
	}
}

// Kinds whose calls take a part of 200 members, and all of them, and one that
// lists them on two pages, changes 40 in a call, and has jobs.
var (
	some  = fakecloud.Kind{Single: "cloudlb_some", Batch: 20}
	whole = fakecloud.Kind{Single: "cloudlb_whole", Batch: 200}
	paged = fakecloud.Kind{Single: "cloudlb_paged", Batch: 200, Updates: 40, Page: 100, Ops: fakecloud.Ops{Poll: []string{"Job"}}}
)

// ran200 are results of 200 members that keep the bounds; each case spoils one.
func ran200() (ours, idle []result) {
	for i, p := range phases {
		t := tally{writes: 20, reads: 21, calls: 41}
		if i == 1 {
			t = tally{reads: 1, calls: 1}
		}
		ours = append(ours, result{phase: p, tally: t, took: 3 * time.Second})
		idle = append(idle, result{phase: p, took: 3 * time.Second})
	}
	return ours, idle
}

func TestTheWorkOfTenAtATimeHasTheRightBounds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind   fakecloud.Kind
		spoil  func(ours, idle []result)
		missed int
	}{
		"all is well":             {some, func(_, _ []result) {}, 0},
		"50 calls to create":      {whole, func(o, _ []result) { o[0].tally.calls = 50 }, 0},
		"51 calls to create":      {whole, func(o, _ []result) { o[0].tally.calls = 51 }, 1},
		"75 calls of pages":       {paged, func(o, _ []result) { o[0].tally.calls, o[1].tally.calls = 75, 6 }, 0},
		"more calls of pages":     {paged, func(o, _ []result) { o[0].tally.calls, o[1].tally.calls = 76, 7 }, 2},
		"4 calls to plan":         {whole, func(o, _ []result) { o[1].tally.calls = 4 }, 1},
		"51 calls to reweight":    {some, func(o, _ []result) { o[2].tally.calls = 51 }, 1},
		"51 calls to destroy":     {some, func(o, _ []result) { o[3].tally.calls = 51 }, 1},
		"3 busy answers":          {some, func(o, _ []result) { o[0].tally.busy, o[3].tally.busy = 1, 2 }, 0},
		"4 busy answers":          {some, func(o, _ []result) { o[0].tally.busy, o[3].tally.busy = 2, 2 }, 1},
		"slow":                    {some, func(o, _ []result) { o[0].took = 14 * time.Second }, 1},
		"slow as Terraform is":    {some, func(o, i []result) { o[0].took, i[0].took = 14*time.Second, 4*time.Second }, 0},
		"a phase failed":          {some, func(o, _ []result) { o[0].failed = "exit code 1" }, 3},
		"no time to compare with": {some, func(_, i []result) { i[0].failed = "exit code 1" }, 1},
	} {
		ours, idle := ran200()
		tc.spoil(ours, idle)
		rows := tensRows(tc.kind, 200, ours, idle)
		for i := range rows {
			rows[i] = rows[i].judge()
		}
		if bad := missed(rows); len(bad) != tc.missed {
			t.Errorf("%s: %d rows missed, want %d: %+v", name, len(bad), tc.missed, bad)
		}
	}
}

func TestTheTimeAllowedIsThatOfTheCallsAndOfTerraform(t *testing.T) {
	t.Parallel()
	// 40 calls of 200 ms are 8 s.
	if got := wallBound(some, tally{calls: 40, writes: 20, reads: 20, lookups: 3}, 2); math.Abs(got-(1.3*8+2)) > 1e-9 {
		t.Errorf("%v", got)
	}
	// And 20 looks at jobs of 520 ms are 10.4 s.
	if got := wallBound(paged, tally{calls: 40, writes: 20, reads: 20, lookups: 20}, 2); math.Abs(got-(1.3*18.4+2)) > 1e-9 {
		t.Errorf("with jobs: %v", got)
	}
}

func TestWritesOfAllAtOnceAreBoundForTheCreationAlone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind         fakecloud.Kind
		phase, calls int
		missed       int
	}{
		"within":        {some, 0, 12, 0},
		"above":         {some, 0, 13, 1},
		"whole, within": {whole, 0, 4, 0},
		"whole, above":  {whole, 0, 5, 1},
		"removals":      {whole, 3, 40, 0},
	} {
		ours, idle := ran200()
		for i := range ours {
			ours[i].tally.writes = 1
		}
		ours[tc.phase].tally.writes = tc.calls
		rows := onceRows(tc.kind, 200, ours, idle)
		for i := range rows {
			rows[i] = rows[i].judge()
		}
		if bad := missed(rows); len(bad) != tc.missed {
			t.Errorf("%s: %d rows missed, want %d: %+v", name, len(bad), tc.missed, bad)
		}
	}
}

func TestASetMayTakeTheCallsThatItsMembersNeed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind  fakecloud.Kind
		calls []int // of each phase; writes of the third
	}{
		"a part in a call": {some, []int{12, 1, 1, 13, 13}},
		"all in a call":    {whole, []int{3, 1, 1, 4, 4}},
		"on pages":         {paged, []int{5, 2, 1, 11, 7}},
	} {
		for more, missing := range map[int]int{0: 0, 1: len(setPhases)} {
			var ours []result
			for i, p := range setPhases {
				n := tc.calls[i] + more
				ours = append(ours, result{phase: p, tally: tally{calls: n, writes: n}})
			}
			rows := setRows(tc.kind, 200, ours)
			for i := range rows {
				rows[i] = rows[i].judge()
			}
			if bad := missed(rows); len(bad) != missing {
				t.Errorf("%s, %d more: %d rows missed, want %d: %+v", name, more, len(bad), missing, bad)
			}
		}
	}
}

func TestGroupsAreToProgressTogetherInLittleMemory(t *testing.T) {
	t.Parallel()
	one := drive{Create: 2 * time.Second, Refresh: time.Second, Destroy: 2 * time.Second, PeakKB: 60 << 10}
	for name, tc := range map[string]struct {
		spoil  func(*drive)
		missed int
	}{
		"all is well":          {func(*drive) {}, 0},
		"one after the other":  {func(d *drive) { d.Create = 20 * time.Second }, 1},
		"too much memory":      {func(d *drive) { d.PeakKB = 151 << 10 }, 1},
		"memory is not known":  {func(d *drive) { d.PeakKB = 0 }, 0},
		"destroyed one by one": {func(d *drive) { d.Destroy = 5 * time.Second }, 1},
	} {
		many := one
		many.PeakKB = 140 << 10
		tc.spoil(&many)
		rows := groupRows(some, 200, one, many, tally{}, tally{})
		for i := range rows {
			rows[i] = rows[i].judge()
		}
		if bad := missed(rows); len(bad) != tc.missed {
			t.Errorf("%s: %d rows missed, want %d: %+v", name, len(bad), tc.missed, bad)
		}
	}
}

func TestPeakMemoryIsReadAsLinuxWritesIt(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]int{
		"Name:\tx\nVmPeak:\t 2000 kB\nVmHWM:\t  123456 kB\nVmRSS:\t 100 kB\n": 123456,
		"VmRSS:\t 100 kB\n": 0,
		"":                  0,
	} {
		if got := peakOf(status); got != want {
			t.Errorf("%q: %d, want %d", status, got, want)
		}
	}
}
