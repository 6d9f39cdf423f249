package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sample is three seconds in which blue-1 fails and green-1 takes over.
func sample(scenario string) *result {
	hundred, zero := 100, 0
	r := &result{
		Cloud: "slb", Title: "A cloud", Scenario: scenario, Run: 1, Rate: 100, Requests: 300, Failed: 21,
		Failures: map[string]int{"502": 1, "503": 20}, Backends: names(), Apply: span{0.5, 2},
		Writes: []write{
			{At: 1, Op: "AddVServerGroupBackendServers", Kind: "add", Members: 1, Status: 200},
			{At: 1.05, Op: "RemoveVServerGroupBackendServers", Kind: "remove", Members: 1, Status: 400},
		},
		Weights: []change{{0, "blue-1", &hundred}, {1, "green-1", &hundred}, {1.5, "blue-1", &zero}, {2, "blue-1", nil}},
	}
	r.Seconds = []second{
		{Backends: map[string]share{"blue-1": {Requests: 100, Failed: 1}}},
		{Backends: map[string]share{"blue-1": {Requests: 40}, "green-1": {Requests: 40}}, Nobody: 20},
		{Backends: map[string]share{"green-1": {Requests: 100}}},
	}
	return r
}

// element is one of a picture.
type element struct {
	name  string
	attr  map[string]string
	text  string
	class []string
}

func (e element) number(t *testing.T, name string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(e.attr[name], 64)
	if err != nil {
		t.Fatalf("%s of %v: %v", name, e, err)
	}
	return f
}

// parse reads a picture, which must be well-formed.
func parse(t *testing.T, svg []byte) []element {
	t.Helper()
	var out []element
	var open []int
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			e.class = strings.Fields(e.attr["class"])
			open = append(open, len(out))
			out = append(out, e)
		case xml.CharData:
			if len(open) > 0 {
				out[open[len(open)-1]].text += string(token)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func TestAPictureShowsRequestsFailuresWeightsAndWrites(t *testing.T) {
	t.Parallel()
	svg := picture([]*result{sample(plain)})
	elements := parse(t, svg)
	var texts []string
	bars := map[string]float64{} // heights, without the legend's
	lines := map[string]int{}
	for _, e := range elements {
		if e.name == "text" {
			texts = append(texts, e.text)
		}
		for _, c := range e.class {
			if e.name == "rect" && e.class[0] == "bar" && e.number(t, "y") > headHeight {
				bars[c] += e.number(t, "height")
			}
			if e.name == "path" || e.name == "line" {
				lines[c]++
			}
		}
	}
	for _, want := range []string{
		"blue-1", "green-3", "failed", "terraform apply", "requests per second", "weight", "add 1", "remove 1 (400)",
		"21 of 300 requests failed", "1", "20", "server removed and destroyed",
	} {
		if !slices.Contains(texts, want) {
			t.Errorf("no text says %q: %q", want, texts)
		}
	}
	// 139 to 140 to 21, the least height of a bar of failures aside.
	if got := bars["green-1"] / bars["blue-1"]; got < 1 || got > 1.02 {
		t.Errorf("the bars of green-1 are %.3f times those of blue-1", got)
	}
	if got := bars["bad"] / bars["blue-1"]; got < 0.14 || got > 0.17 {
		t.Errorf("the bars of failures are %.3f times those of blue-1", got)
	}
	if lines["blue-1"] != 1 || lines["green-1"] != 1 || lines["blue-2"] != 0 {
		t.Errorf("lines of weights: %v", lines)
	}
	if lines["call"] != 3 || lines["down"] != 2 { // with the legend's
		t.Errorf("%d writes and %d ends are marked", lines["call"], lines["down"])
	}
	if !strings.Contains(string(svg), "prefers-color-scheme:dark") {
		t.Error("no colours for the dark")
	}
}

func TestAPictureOfStepsMarksEachApply(t *testing.T) {
	t.Parallel()
	r := sample(steps)
	r.Steps = []step{{10, span{0.2, 0.6}}, {100, span{1.5, 2}}}
	var texts []string
	applies := 0
	for _, e := range parse(t, picture([]*result{r})) {
		texts = append(texts, e.text)
		if e.name == "rect" && slices.Contains(e.class, "apply") {
			applies++
		}
	}
	if !slices.Contains(texts, "green 10 %") || !slices.Contains(texts, "green 100 %") || applies != 3 { // with the legend's
		t.Errorf("%d applies in %q", applies, texts)
	}
	if slices.Contains(texts, "server removed and destroyed") {
		t.Errorf("nobody is removed, but the legend explains it: %q", texts)
	}
}

func TestNothingOfAPictureLiesOutsideIt(t *testing.T) {
	t.Parallel()
	elements := parse(t, picture([]*result{sample(plain), sample(graceful)}))
	wide, high := elements[0].number(t, "width"), elements[0].number(t, "height")
	if high != headHeight+2*blockHigh {
		t.Errorf("%g high", high)
	}
	for _, e := range elements {
		for name, most := range map[string]float64{"x": wide, "x1": wide, "x2": wide, "y": high, "y1": high, "y2": high} {
			if _, ok := e.attr[name]; ok && (e.number(t, name) < 0 || e.number(t, name) > most) {
				t.Errorf("%v", e)
			}
		}
		if e.name == "rect" && (e.number(t, "height") < 0 || e.number(t, "x")+e.number(t, "width") > wide) {
			t.Errorf("%v", e)
		}
	}
}

func TestAPictureOfNothingIsOneToo(t *testing.T) {
	t.Parallel()
	parse(t, picture(nil))
	parse(t, picture([]*result{{Scenario: plain, Cloud: "x", Title: "<&>"}}))
}

func TestPicturesOfSeveralCloudsAndRunsHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := sample(plain)
	other.Cloud = "elb"
	again := sample(plain)
	again.Run = 2
	for _, tc := range []struct {
		results []*result
		want    []string
	}{
		{[]*result{sample(plain), sample(graceful)}, []string{"one.svg"}},
		{[]*result{sample(plain), other, again}, []string{"one-elb.svg", "one-slb-2.svg", "one-slb.svg"}},
	} {
		if err := draw(filepath.Join(dir, "one.svg"), tc.results); err != nil {
			t.Fatal(err)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Name())
			_ = os.Remove(filepath.Join(dir, f.Name()))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

func TestAxesHaveFewLabels(t *testing.T) {
	t.Parallel()
	for most, want := range map[int]int{1: 1, 5: 1, 10: 2, 100: 20, 500: 100, 501: 100, 2000: 500, 30000: 10000} {
		if got := niceStep(most); got != want {
			t.Errorf("up to %d by %d, want %d", most, got, want)
		}
	}
	for seconds, want := range map[int]int{1: 1, 20: 1, 21: 2, 120: 10, 10000: 60} {
		if got := tick(seconds); got != want {
			t.Errorf("%d s by %d, want %d", seconds, got, want)
		}
	}
}
