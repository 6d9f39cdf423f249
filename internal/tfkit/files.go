package tfkit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxFile bounds a file of credentials or certificates.
const maxFile = 4 << 20

// ReadFile reads a file that the provider block or the environment names.
func ReadFile(name string) ([]byte, error) {
	path, err := HomePath(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, errors.New("it is larger than 4 MiB")
	}
	return data, nil
}

// HomePath is a path whose ~ is replaced by the home folder. That of another
// user, as in ~name, stays as it is.
func HomePath(name string) (string, error) {
	if name == "" || name[0] != '~' || len(name) > 1 && name[1] != '/' && name[1] != filepath.Separator {
		return name, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the home folder for %s: %w", name, err)
	}
	return filepath.Join(home, name[1:]), nil
}
