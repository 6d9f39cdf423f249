package provider

import (
	"os"
	"runtime/debug"
)

// Terraform keeps a process for each provider block beside itself, and the
// framework allocates much that is soon garbage: with the collector's usual
// target 2,000 members take half as much memory again as with the tightest one,
// which in turn takes half as much time again. So the collector is lazy while
// there is little to collect, and hard-working from memoryLimit on.
const (
	gcPercent   = 200
	memoryLimit = 115 << 20 // bytes
)

// LimitMemory sets the garbage collector for a provider's process, where GOGC
// and GOMEMLIMIT do not say otherwise.
func LimitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
