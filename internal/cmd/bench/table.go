package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// row is one figure that was measured, beside its bound.
type row struct {
	Work, Phase, Measure string
	Unit                 string // "", s or MB
	Value                float64
	Bound                *float64 // the most that is good; nil: shown alone
	Note                 string   // how the figure or its bound came about
	Failed               string   // why the work was not done
	OK                   bool     // set by judge
}

// figure is a row without a bound.
func figure(phase, measure, unit string, value float64, note string) row {
	return row{Phase: phase, Measure: measure, Unit: unit, Value: value, Note: note}
}

// atMost is the row with its bound.
func (r row) atMost(bound float64) row {
	r.Bound = &bound
	return r
}

// failure is the row of a phase that did not do its work.
func failure(phase, why string) row { return row{Phase: phase, Measure: "work", Failed: why} }

// judge tells whether a row is as it should be.
func (r row) judge() row {
	r.OK = r.Failed == "" && (r.Bound == nil || r.Value <= *r.Bound)
	return r
}

// verdict is the word beside a row; none where there is nothing to judge.
func (r row) verdict() string {
	switch {
	case r.Failed != "":
		return "FAILED"
	case r.Bound == nil:
		return ""
	case r.OK:
		return "ok"
	default:
		return "MISSED"
	}
}

// number writes a value as its unit wants it.
func number(v float64, unit string) string {
	switch unit {
	case "s":
		return fmt.Sprintf("%.1f s", v)
	case "MB":
		return fmt.Sprintf("%.1f MB", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// missed are the rows that are not as they should be.
func missed(rows []row) []row {
	var bad []row
	for _, r := range rows {
		if !r.OK {
			bad = append(bad, r)
		}
	}
	return bad
}

// write prints the rows of one work as a table.
func write(out io.Writer, title string, rows []row) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	line := func(cells ...string) { fmt.Fprintln(w, "  "+strings.Join(cells, "\t")) }
	line("PHASE", "MEASURE", "VALUE", "BOUND", "", "NOTE")
	phase := ""
	for _, r := range rows {
		shown, bound, value := r.Phase, "", number(r.Value, r.Unit)
		if shown == phase {
			shown = ""
		}
		phase = r.Phase
		if r.Bound != nil {
			bound = "<= " + number(*r.Bound, r.Unit)
		}
		if r.Failed != "" {
			value = "-"
		}
		note := r.Note
		if r.Failed != "" {
			note = r.Failed
		}
		line(shown, r.Measure, value, bound, r.verdict(), note)
	}
	_ = w.Flush()
	fmt.Fprintf(out, "\n%s\n", title)
	for l := range strings.Lines(b.String()) {
		fmt.Fprintln(out, strings.TrimRight(l, " \n"))
	}
}
