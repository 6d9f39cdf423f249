package membership_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

func reweights(from, to, weight int) (changes []membership.Change) {
	for n := from; n < to; n++ {
		changes = append(changes, membership.Change{Member: membership.Member{Key: key(n)}, Weight: &weight})
	}
	return changes
}

// answersOf are the outcomes of a bulk call as the answers of single ones.
func answersOf(op Op, from, weight int, out []membership.Outcome) (answers []answer) {
	for i, o := range out {
		answers = append(answers, answer{wish: wish{op: op, n: from + i, weight: weight}, member: o.Member, err: o.Err})
	}
	return answers
}

// bulk asks for one kind of operation on the members from..to in one call.
func bulk(ctx context.Context, h *membership.Handle, op Op, from, to, weight int) []answer {
	return wish{op: op, n: from, weight: weight}.askBulk(ctx, h, to)
}

func checkGranted(t *testing.T, f *Fake, answers []answer) {
	t.Helper()
	for _, a := range answers {
		if a.err != nil {
			t.Errorf("%s %s: %v", a.op, key(a.n), a.err)
		}
		checkTruth(t, f, a, nil)
	}
}

// Reading between the writes would cost as many calls again.
func TestABulkCallIsOneLookItsWritesAndOneCheck(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, many := range []int{200, 2000} {
			if many > 200 && v.name != "ELB-like" {
				many = 410 // the fake takes its time
			}
			bubble(t, v.name+"/"+strconv.Itoa(many), func(t *testing.T) {
				opts := v.opts
				opts.Read, opts.Write = 20*time.Millisecond, 50*time.Millisecond
				f := New(opts, foreigners...)
				h := open(f)
				writes := (many + opts.Batch - 1) / opts.Batch
				rounds := (writes + 9) / 10
				for i, op := range []Op{Add, Update, Remove} {
					pass(time.Minute) // no listing of before serves
					seen := len(f.Calls())
					answers := bulk(t.Context(), h, op, 1000, 1000+many, 10+i)
					checkGranted(t, f, answers)
					calls := f.Calls()[seen:]
					if n := len(calls.Of(op)); n != writes || len(calls.Of(AnyWrite)) != writes {
						t.Errorf("%d calls of %s for %d members, want %d", n, op, many, writes)
					}
					if n := len(calls.Of(List)); n != rounds+1 {
						t.Errorf("%d listings for %d rounds of %s, want one more", n, rounds, op)
					}
					if calls[0].Op != List || calls[len(calls)-1].Op != List {
						t.Errorf("begins with %s and ends with %s, want listings", calls[0].Op, calls[len(calls)-1].Op)
					}
				}
				checkForeigners(t, f)
				if n := len(f.Members()); n != len(foreigners) {
					t.Errorf("%d members are left, want %d", n, len(foreigners))
				}
			})
		}
	}
}

func TestOneBadMemberOfABulkCallFailsAlone(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, op := range []Op{Add, Update, Remove} {
			bubble(t, v.name+"/"+string(op), func(t *testing.T) {
				worst := 0
				for bad := range 41 {
					start := foreigners
					if op != Add {
						start = append(members(0, 41, 50), foreigners...)
					}
					f := New(v.opts, start...)
					f.Refuse(key(bad), Refused("a server is in a state that forbids it"))
					h, before := open(f), f.Members()
					for _, a := range bulk(t.Context(), h, op, 0, 41, 20) {
						checkTruth(t, f, a, before)
						switch {
						case a.n != bad && a.err != nil:
							t.Errorf("%s failed because of %s: %v", key(a.n), key(bad), a.err)
						case a.n == bad && !membership.Is(a.err, membership.Refused):
							t.Errorf("bad %s: error %v, want class Refused", key(bad), a.err)
						}
					}
					checkForeigners(t, f)
					worst = max(worst, len(f.Calls().Of(op)))
				}
				if worst > 14 { // 41 in one batch: 13; in three batches: 2 and the bisection of one of 20
					t.Errorf("up to %d calls for one bad member of 41, want at most 14", worst)
				}
			})
		}
	}
}

// Single callers who share a round of several batches: those of a batch that
// is through do not wait for one in trouble.
func TestABatchInTroubleKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		bubble(t, string(op), func(t *testing.T) {
			start := foreigners
			if op != Add {
				start = append(members(0, 60, 50), foreigners...)
			}
			f := New(Options{Batch: 20, Read: 10 * time.Millisecond, Write: 500 * time.Millisecond}, start...)
			h := open(f)
			f.On(op).Nth(3).Times(0).During(4 * time.Minute).Do(Fail(Throttled(0)))
			var wg sync.WaitGroup
			wg.Go(func() { mustSucceed(t, h, wishes(op, 0, 20, 5)) }) // alone in the first round
			pass(300 * time.Millisecond)
			answers := askAll(t.Context(), h, wishes(op, 20, 60, 5)) // two batches in the second
			wg.Wait()
			soon := 0
			for _, a := range answers {
				if a.err != nil {
					t.Errorf("%s: %v", key(a.n), a.err)
				}
				if a.took < 5*time.Second {
					soon++
				}
			}
			if soon != 20 {
				t.Errorf("%d of 40 were answered within 5 s while the second batch was throttled, want 20:\n%s", soon, f.Calls())
			}
		})
	}
}

// The same where the vendor answers item by item.
func TestAnItemInTroubleKeepsNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 200, PerItem: true, IDs: true})
		f.Refuse(key(7), Throttled(0))
		h := open(f)
		time.AfterFunc(4*time.Minute, func() { f.Refuse(key(7), nil) })
		for _, a := range askAll(t.Context(), h, wishes(Add, 0, 20, 5)) {
			if a.err != nil {
				t.Errorf("%s: %v", key(a.n), a.err)
			}
			if late := a.took > 5*time.Second; late != (a.n == 7) {
				t.Errorf("%s took %v", key(a.n), a.took)
			}
		}
	})
}

func TestAFullGroupIsNotAskedForEachMember(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, room := range []int{0, 3, 50} {
			bubble(t, v.name+"/room for "+strconv.Itoa(room), func(t *testing.T) {
				opts := v.opts
				opts.Quota = len(foreigners) + room
				f := New(opts, foreigners...)
				before, in := f.Members(), 0
				for _, a := range bulk(t.Context(), open(f), Add, 0, 200, 5) {
					checkTruth(t, f, a, before)
					switch {
					case a.err == nil:
						in++
					case !membership.Is(a.err, membership.Quota):
						t.Errorf("%s: %v, want class Quota", key(a.n), a.err)
					}
				}
				if in != room {
					t.Errorf("%d were added, want %d", in, room)
				}
				if n := len(f.Calls()); n > 40 {
					t.Errorf("%d calls to find out that %d of 200 fit, want at most 40", n, room)
				}
			})
		}
	}
}

// Some vendors bound the groups that one server is in.
func TestAQuotaOfOneServerStopsNobodyElse(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			for _, bad := range []int{0, 1, 19, 20, 57, 198, 199} {
				f := New(v.opts, foreigners...)
				f.Refuse(key(bad), &membership.Error{Class: membership.Quota, Message: "the server is in too many groups"})
				for _, a := range bulk(t.Context(), open(f), Add, 0, 200, 5) {
					if (a.n == bad) != membership.Is(a.err, membership.Quota) || a.n != bad && a.err != nil {
						t.Errorf("%s, while only %s is refused: %v", key(a.n), key(bad), a.err)
					}
					checkTruth(t, f, a, nil)
				}
			}
		})
	}
}

// A bulk caller is one caller: it waits neither for a crowd of its own members
// nor, round after round, for one that has gone.
func TestABulkCallerWaitsForNoCrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 20}, foreigners...)
		h := open(f)
		for i, many := range []int{5, 210, 200, 410, 7, 1, 210, 3} {
			began := time.Now()
			checkGranted(t, f, bulk(t.Context(), h, Add, 1000*(i+1), 1000*(i+1)+many, 5))
			// 20 ms of quiet before each round that does not fill its batches.
			if took := time.Since(began); took > 45*time.Millisecond {
				t.Errorf("bulk call %d, of %d members, took %v in calls that take no time", i+1, many, took)
			}
		}
	})
}

func TestBulkAndSingleCallersShareALock(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			opts := v.opts
			opts.Read, opts.Write = 20*time.Millisecond, 100*time.Millisecond
			f := New(opts, append(members(0, 200, 50), foreigners...)...)
			h := open(f)
			var wg sync.WaitGroup
			for c := range 10 { // Terraform's: each the next as soon as one is done
				wg.Go(func() {
					for n := range 20 {
						began := time.Now()
						if _, err := h.Add(t.Context(), member(1000+20*c+n, 5), false); err != nil {
							t.Error(err)
						}
						if took := time.Since(began); took > 8*time.Second {
							t.Errorf("a single add took %v among bulk calls", took)
						}
					}
				})
			}
			for c, op := range []Op{Add, Update, Remove} {
				wg.Go(func() {
					from, to := 100*(c-1), 100*c
					if op == Add {
						from, to = 2000, 2200
					}
					began := time.Now()
					checkGranted(t, f, bulk(t.Context(), h, op, from, to, 7))
					if took := time.Since(began); took > 8*time.Second {
						t.Errorf("a bulk %s took %v among single callers", op, took)
					}
				})
			}
			began := time.Now()
			wg.Wait()
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("all took %v", took)
			}
			if n := len(f.Calls()); n > 110 {
				t.Errorf("%d calls, want at most 110", n)
			}
			if n := f.LockState().MaxInFlight(); n != 1 {
				t.Errorf("%d writes at once", n)
			}
			checkForeigners(t, f)
		})
	}
}

func TestABulkCallerThatGivesUpIsToldTheTruth(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, op := range []Op{Add, Update, Remove} {
			bubble(t, v.name+"/"+string(op), func(t *testing.T) {
				for at := 5 * time.Millisecond; at < 3*time.Second; at += 75 * time.Millisecond {
					start := foreigners
					if op != Add {
						start = append(members(0, 100, 50), foreigners...)
					}
					opts := v.opts
					opts.Batch = 20
					opts.Read, opts.Write = 100*time.Millisecond, 400*time.Millisecond
					f := New(opts, start...)
					before := f.Members()
					ctx, cancel := context.WithTimeoutCause(t.Context(), at, errGaveUp)
					answers := bulk(ctx, open(f), op, 0, 100, 20)
					cancel()
					for _, a := range answers {
						checkTruth(t, f, a, before)
						if membership.Is(a.err, membership.NotSent) {
							checkNotSent(t, f, a.n)
						}
						if membership.Is(a.err, membership.Unknown) {
							t.Errorf("given up after %v: %v, though the vendor answers", at, a.err)
						}
					}
				}
			})
		}
	}
}

// The patience of a caller that gave up is its own, not each member's.
func TestABulkCallerThatGivesUpWaitsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 200})
		f.On(Add).Do(Hang())
		h := open(f)
		var wg sync.WaitGroup
		wg.Go(func() { mustSucceed(t, h, wishes(Add, 500, 501, 5)) }) // keeps the call alive
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		for _, a := range bulk(ctx, h, Add, 0, 50, 5) {
			if !membership.Is(a.err, membership.Unknown) {
				t.Errorf("%v, want class Unknown", a.err)
			}
		}
		if took := time.Since(began); took > 13*time.Second {
			t.Errorf("waited %v, want 12 s for all of them", took)
		}
		wg.Wait()
		checkUsed(t, f)
	})
}

func TestABulkCallThatNamesAMemberTwice(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, foreigners...)
			h := open(f)
			ms := []membership.Member{member(1, 5), member(2, 5), member(1, 6)}
			out := h.AddAll(t.Context(), ms, false)
			if out[0].Err != nil || out[1].Err != nil || !membership.Is(out[2].Err, membership.AlreadyExists) {
				t.Errorf("added %+v", out)
			}
			for _, o := range h.RemoveAll(t.Context(), ms, membership.Removal{}) {
				if o.Err != nil {
					t.Error(o.Err)
				}
			}
			checkForeigners(t, f)
		})
	}
}

func TestABulkCallOnAGroupThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 20}, members(0, 100, 5)...)
		f.On(Remove).Nth(3).Do(Before(f.Disappear))
		for _, a := range bulk(t.Context(), open(f), Remove, 0, 100, 0) {
			if a.err != nil {
				t.Errorf("removal of %s from a group that vanished: %v", key(a.n), a.err)
			}
		}
		if n := len(f.Calls().Of(Remove)); n != 3 {
			t.Errorf("%d calls, want none after the answer that the group is gone", n)
		}
		for _, a := range slices.Concat(bulk(t.Context(), open(f), Add, 0, 3, 5), bulk(t.Context(), open(f), Update, 0, 3, 5)) {
			if !membership.Is(a.err, membership.NotFound) {
				t.Errorf("%s: %v, want class NotFound", a.op, a.err)
			}
		}
		checkGranted(t, f, bulk(t.Context(), open(f), Remove, 0, 3, 0))
	})
}
