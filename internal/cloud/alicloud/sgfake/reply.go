package sgfake

import (
	"fmt"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
)

// messages are the usual words of the products' own codes.
var messages = map[string]string{
	"Conflict.Lock":                                "The Lock [sg] is conflict.",
	"OperationFailed.ResourceIsConfiguring":        "The operation failed because the resource is being configured.",
	"OperationFailed.ResourceGroupStatusCheckFail": "The operation failed because the status of the resource group could not be checked.",
	"ResourceInConfiguring.ServerGroup":            "The specified ServerGroup is being configured.",
	"IncorrectStatus.Eni":                          "The status of Eni is incorrect.",
	"SystemBusy":                                   "The system is busy.",
	"IdempotenceProcessing":                        "The previous idempotent request is still being processed.",
	"IdempotenceSignatureMismatch":                 "The idempotence signature does not match the previous request's.",
	"DryRunOperation":                              "Request validation has been passed with DryRun flag set.",
	"InvalidAction.NotFound":                       "Specified api is not found, please check your url and method.",
}

func refuse(status int, code, message string) *acsfake.Refusal {
	return &acsfake.Refusal{Status: status, Code: code, Message: message}
}

// notFound is how the vendor says that something does not exist.
func notFound(what, id string) *acsfake.Refusal {
	return refuse(404, "ResourceNotFound."+what, fmt.Sprintf("The specified resource %s is not found.", orDefault(id, what)))
}

func illegal(what, format string, args ...any) *acsfake.Refusal {
	return refuse(400, "IllegalParam."+what, fmt.Sprintf(format, args...))
}

func missing(what string) *acsfake.Refusal {
	return refuse(400, "MissingParam."+what, fmt.Sprintf("The param of %s is missing.", what))
}
