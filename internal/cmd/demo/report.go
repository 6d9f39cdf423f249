package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// report prints what came of a step: the calls, and what the clouds hold.
func report(out io.Writer, got observed) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "   CLOUD\tCALL\tCALLS\tMEMBERS\n")
	type row struct {
		cloud, op      string
		calls, members int
		write          bool
	}
	var rows []*row
	for _, c := range got.calls {
		i := slices.IndexFunc(rows, func(r *row) bool { return r.cloud == c.Cloud && r.op == c.Op })
		if i < 0 {
			i = len(rows)
			rows = append(rows, &row{cloud: c.Cloud, op: c.Op, write: c.Write})
		}
		rows[i].calls++
		rows[i].members += c.Items
	}
	for _, r := range rows {
		members := ""
		if r.write {
			members = fmt.Sprint(r.members)
		}
		fmt.Fprintf(w, "   %s\t%s\t%d\t%s\n", r.cloud, r.op, r.calls, members)
	}
	_ = w.Flush()
	fmt.Fprintln(out)
	fmt.Fprintf(w, "   GROUP\tMEMBER\tWEIGHT\t\n")
	for _, m := range sortedMembers(got.holds) {
		whose := ""
		if !slices.Contains(ours, m) {
			whose = "theirs"
		}
		fmt.Fprintf(w, "   %s\t%s\t%d\t%s\n", m.group, m.name, got.holds[m], whose)
	}
	_ = w.Flush()
}
