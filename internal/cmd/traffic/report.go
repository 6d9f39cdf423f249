package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// table prints a line for each run.
func table(out io.Writer, results []*result) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "CLOUD\tSCENARIO\tRUN\tREQUESTS\tFAILED\tSECONDS WITH FAILURES\tAPPLY\tAPI WRITES\tP50\tP95\tCONNECTIONS\tFAILURES")
	for _, r := range results {
		bad := 0
		for _, s := range r.Seconds {
			if s.failed() > 0 {
				bad++
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d (%.2f %%)\t%d of %d\t%.1f s\t%d\t%.0f ms\t%.0f ms\t%d\t%s\n", r.Cloud, r.Scenario, r.Run, r.Requests,
			r.Failed, 100*float64(r.Failed)/float64(max(r.Requests, 1)), bad, len(r.Seconds), r.Apply.To-r.Apply.From, len(r.Writes),
			r.Latency.Half, r.Latency.NineFive, r.Connections, failuresOf(r))
	}
	_ = w.Flush()
}
