package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"strings"
)

// The picture's measures, in its own units, which are pixels at full size.
const (
	width      = 960
	left       = 64 // of the axes
	right      = 20
	headHeight = 92  // title and legend
	topGap     = 56  // of a chart: its title, and the labels of the writes
	loadHeight = 190 // the panel of requests
	panelGap   = 22
	weightHigh = 96 // the panel of weights
	footGap    = 46 // the time axis and its label
	blockHigh  = topGap + loadHeight + panelGap + weightHigh + footGap
)

// style colours by class, for light and for dark. Plain properties, for some
// viewers know no variables.
const style = `
.page{fill:#ffffff}.text{fill:#1f2328}.soft{fill:#59636e}.grid{stroke:#d1d9e0}.axis{stroke:#818b98}
.apply{fill:#818b98;fill-opacity:.13}.call{stroke:#8250df}.called{fill:#8250df}.down{stroke:#1f2328}
.bad{fill:#d1242f}.badtext{fill:#d1242f}
.blue-1{fill:#0a3069;stroke:#0a3069}.blue-2{fill:#0969da;stroke:#0969da}.blue-3{fill:#80ccff;stroke:#80ccff}
.green-1{fill:#044f1e;stroke:#044f1e}.green-2{fill:#1a7f37;stroke:#1a7f37}.green-3{fill:#6fdd8b;stroke:#6fdd8b}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.text{fill:#f0f6fc}.soft{fill:#9198a1}.grid{stroke:#2f3742}.axis{stroke:#6e7681}
.apply{fill:#9198a1}.call{stroke:#b083f0}.called{fill:#b083f0}.down{stroke:#f0f6fc}
.bad{fill:#ff5c5c}.badtext{fill:#ff7b72}
.blue-1{fill:#1158c7;stroke:#1158c7}.blue-2{fill:#388bfd;stroke:#388bfd}.blue-3{fill:#a5d6ff;stroke:#a5d6ff}
.green-1{fill:#196c2e;stroke:#196c2e}.green-2{fill:#2ea043;stroke:#2ea043}.green-3{fill:#7ee787;stroke:#7ee787}
}
text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
.title{font-size:17px;font-weight:600}.head{font-size:14px;font-weight:600}.small{font-size:11px}
.bar{stroke:none}.line{fill:none;stroke-width:2}.thin{stroke-width:1;fill:none}.dash{stroke-dasharray:3 3}
`

// titles are the scenarios'.
var titles = map[string]string{
	plain:    "plain: servers are removed and destroyed at once",
	graceful: "graceful: drain_duration and wait_for_healthy",
	steps:    "steps: another share for green with each apply; all servers stay",
}

// canvas writes SVG.
type canvas struct{ bytes.Buffer }

func (c *canvas) put(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

func (c *canvas) text(x, y float64, class, anchor, text string) {
	c.put(`<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`, x, y, class, anchor, html.EscapeString(text))
}

func (c *canvas) rect(x, y, w, h float64, class string) {
	c.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="%s"/>`, x, y, w, h, class)
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

// cross marks a moment.
func (c *canvas) cross(x, y float64, class string) {
	c.put(`<path d="M%.1f %.1fl8 8m0 -8l-8 8" class="%s"/>`, x-4, y-4, class)
}

// picture draws results of one cloud below one another, on one scale of time.
func picture(results []*result) []byte {
	var c canvas
	height := headHeight + len(results)*blockHigh
	seconds := 1
	for _, r := range results {
		seconds = max(seconds, len(r.Seconds))
	}
	title := "Three servers replaced under load"
	if len(results) > 0 {
		what := "Three servers replaced"
		if results[0].Scenario == steps {
			what = "Traffic moved from blue to green"
		}
		title = fmt.Sprintf("%s under %d requests a second, %s, simulated", what, results[0].Rate, results[0].Title)
	}
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`, width, height, width, height)
	c.put(`<title id="title">%s</title>`, html.EscapeString(title))
	c.put(`<desc id="desc">%s</desc>`, html.EscapeString(description(results)))
	c.put("<style>%s</style>", style)
	c.rect(0, 0, width, float64(height), "page")
	c.text(left, 28, "text title", "start", title)
	c.legend(results)
	for i, r := range results {
		c.chart(r, float64(headHeight+i*blockHigh), seconds)
	}
	c.put("</svg>")
	return c.Bytes()
}

// description is for those who cannot see the picture.
func description(results []*result) string {
	var out []string
	for _, r := range results {
		out = append(out, fmt.Sprintf("%s: %d of %d requests failed.", r.Scenario, r.Failed, r.Requests))
	}
	return strings.Join(out, " ")
}

func (c *canvas) legend(results []*result) {
	if len(results) == 0 {
		return
	}
	x, y := float64(left), 52.0
	for _, name := range results[0].Backends {
		c.rect(x, y-10, 12, 12, "bar "+name)
		c.text(x+17, y, "text", "start", name)
		x += 78
	}
	c.rect(x, y-10, 12, 12, "bar bad")
	c.text(x+17, y, "text", "start", "failed")
	x, y = left, 74
	c.rect(x, y-10, 12, 12, "apply")
	c.text(x+17, y, "text", "start", "terraform apply")
	x += 130
	c.line(x+6, y-12, x+6, y+3, "call thin dash")
	c.text(x+17, y, "text", "start", "API write: what it did, and to how many members")
	if results[0].Scenario == steps {
		return // nobody is removed
	}
	x += 340
	c.cross(x+6, y-4, "down line")
	c.text(x+17, y, "text", "start", "server removed and destroyed")
}

// chart draws one result: its requests above its weights.
func (c *canvas) chart(r *result, top float64, seconds int) {
	wide := float64(width - left - right)
	at := func(second float64) float64 { return left + wide*second/float64(seconds) }
	floor := top + topGap + loadHeight
	weightTop := floor + panelGap
	weightFloor := weightTop + weightHigh

	c.put("<g>")
	c.text(left, top+16, "text head", "start", titles[r.Scenario])
	verdict, class := "no request failed", "soft"
	if r.Failed > 0 {
		verdict, class = fmt.Sprintf("%d of %d requests failed", r.Failed, r.Requests), "badtext"
	}
	c.text(width-right, top+16, class+" head", "end", verdict)
	const high = loadHeight + panelGap + weightHigh
	c.stepsOn(r, at, top+topGap, high)
	if r.Scenario != steps {
		c.rect(at(r.Apply.From), top+topGap, at(r.Apply.To)-at(r.Apply.From), high, "apply")
	}
	c.requests(r, at, top+topGap, floor)
	c.weights(r, at, weightTop, weightFloor)
	c.writes(r, at, top, weightFloor)
	for s := 0; s <= seconds; s += tick(seconds) {
		c.line(at(float64(s)), weightFloor, at(float64(s)), weightFloor+4, "axis thin")
		c.text(at(float64(s)), weightFloor+17, "soft small", "middle", fmt.Sprint(s))
	}
	c.text(left+wide/2, weightFloor+33, "soft", "middle", "seconds since the load began; a request counts for the second in which it was due")
	c.put("</g>")
}

// tick is how many seconds lie between two labels of the time axis.
func tick(seconds int) int {
	for _, t := range []int{1, 2, 5, 10, 20, 30} {
		if seconds/t <= 20 {
			return t
		}
	}
	return 60
}

// requests draws a stack for each second: what each server answered, and what
// failed on top.
func (c *canvas) requests(r *result, at func(float64) float64, top, floor float64) {
	most := float64(r.Rate) * 1.1
	high := func(n int) float64 { return (floor - top) * float64(n) / most }
	step := niceStep(r.Rate)
	for n := 0; float64(n) <= most; n += step {
		c.line(left, floor-high(n), width-right, floor-high(n), "grid thin")
		c.text(left-8, floor-high(n)+4, "soft small", "end", fmt.Sprint(n))
	}
	c.axisTitle("requests per second", (top+floor)/2)
	for i, s := range r.Seconds {
		x, w := at(float64(i))+1, at(float64(i+1))-at(float64(i))-2
		y := floor
		for _, name := range r.Backends {
			if n := s.Backends[name].Requests - s.Backends[name].Failed; n > 0 {
				y -= high(n)
				c.rect(x, y, w, high(n), "bar "+name)
			}
		}
		if n := s.failed(); n > 0 {
			h := math.Max(high(n), 2) // so that one is seen
			y -= h
			c.rect(x, y, w, h, "bar bad")
			c.text(x+w/2, y-3, "badtext small", "middle", fmt.Sprint(n))
		}
	}
	c.line(left, floor, width-right, floor, "axis thin")
}

func (c *canvas) axisTitle(text string, y float64) {
	c.put(`<text transform="translate(18 %.1f) rotate(-90)" class="soft" text-anchor="middle">%s</text>`, y, text)
}

// niceStep is how far the labels of the axis of requests lie apart.
func niceStep(most int) int {
	for step := 1; ; step *= 10 {
		for _, by := range []int{1, 2, 5} {
			if most/(step*by) <= 5 {
				return step * by
			}
		}
	}
}

// weights draws a line for each server while it is a member. Lines that would
// cover one another lie side by side.
func (c *canvas) weights(r *result, at func(float64) float64, top, floor float64) {
	const most = 115.0
	for _, w := range []int{0, 50, 100} {
		y := floor - (floor-top)*float64(w)/most
		c.line(left, y, width-right, y, "grid thin")
		c.text(left-8, y+4, "soft small", "end", fmt.Sprint(w))
	}
	c.axisTitle("weight", (top+floor)/2)
	end := float64(len(r.Seconds))
	type point struct{ x, y float64 }
	var ends []point
	for i, name := range r.Backends {
		aside := float64(i)*2.4 - 6
		y := func(w int) float64 { return floor - (floor-top)*float64(w)/most + aside }
		var path strings.Builder
		var now *int
		for _, ch := range r.Weights {
			if ch.Backend != name {
				continue
			}
			switch {
			case now != nil && ch.Weight != nil:
				fmt.Fprintf(&path, "H%.1fV%.1f", at(ch.At), y(*ch.Weight))
			case now != nil:
				fmt.Fprintf(&path, "H%.1f", at(ch.At))
			case ch.Weight != nil:
				fmt.Fprintf(&path, "M%.1f %.1f", at(ch.At), y(*ch.Weight))
			}
			if now != nil && ch.Weight == nil {
				ends = append(ends, point{at(ch.At), y(*now)})
			}
			now = ch.Weight
		}
		if now != nil {
			fmt.Fprintf(&path, "H%.1f", at(end))
		}
		if path.Len() > 0 {
			c.put(`<path d="%s" class="%s line" style="fill:none"/>`, path.String(), name)
		}
	}
	for _, p := range ends { // above all lines
		c.cross(p.x, p.y, "down line")
	}
	c.line(left, floor, width-right, floor, "axis thin")
}

// verbs are what the writes are called on the picture.
var verbs = map[string]string{"add": "add", "weight": "reweight", "remove": "remove"}

// writes draws the moments of API writes. Labels that would cover one another
// lie in rows.
func (c *canvas) writes(r *result, at func(float64) float64, top, floor float64) {
	const rows, rowHigh = 2, 13.0
	var ends [rows]float64
	for _, w := range r.Writes {
		x := at(w.At)
		c.line(x, top+topGap-4, x, floor, "call thin dash")
		verb := verbs[w.Kind]
		if verb == "" {
			verb = w.Op
		}
		label := fmt.Sprintf("%s %d", verb, w.Members)
		if w.Status < 200 || w.Status > 299 {
			label += fmt.Sprintf(" (%d)", w.Status)
		}
		wide := float64(len(label)) * 6.2
		for row := range rows {
			if ends[row] <= x-2 || row == rows-1 {
				c.text(x+2, top+topGap-8-float64(row)*rowHigh, "called small", "start", label)
				ends[row] = x + wide
				break
			}
		}
	}
}
