package provider

import (
	"cmp"
	"os"
)

// LimitLogs makes the process log no more than Terraform will show: it passes a
// provider's log on only at the level that TF_LOG_PROVIDER or TF_LOG asks for,
// but without this everything is logged all the same and then thrown away. The
// framework logs several lines for each attribute, at a cost that grows with
// the square of their number: 2,000 members take 23 s to plan and apply with,
// and 8 s without. Levels that are set for a part stay.
func LimitLogs() error {
	asked := cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "off")
	if asked == "JSON" {
		asked = "TRACE"
	}
	own, sdk := os.Getenv("TF_LOG_PROVIDER_CLOUDLB"), os.Getenv("TF_LOG_SDK")
	for name, level := range map[string]string{
		"TF_LOG_PROVIDER_CLOUDLB": cmp.Or(own, asked),
		"TF_LOG_SDK":              cmp.Or(sdk, asked),
		"TF_LOG_SDK_FRAMEWORK":    cmp.Or(os.Getenv("TF_LOG_SDK_FRAMEWORK"), sdk, asked),
		"TF_LOG_SDK_PROTO":        cmp.Or(os.Getenv("TF_LOG_SDK_PROTO"), sdk, asked),
	} {
		if err := os.Setenv(name, level); err != nil {
			return err
		}
	}
	return nil
}
