package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"culvert.internal/underlay"
)

// sendFile sends bytes with an open file.
func sendFile(c net.Conn, b []byte, f *os.File) error {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("%T carries no files", c)
	}
	_, _, err := u.WriteMsgUnix(b, unix.UnixRights(int(f.Fd())), nil)
	return err
}

// receiveFile reads what sendFile sent.
func receiveFile(c net.Conn) (*os.File, error) {
	b, rights := make([]byte, 4096), make([]byte, unix.CmsgSpace(4))
	n, m, _, _, err := c.(*net.UnixConn).ReadMsgUnix(b, rights)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:m])
	if err != nil || len(messages) == 0 {
		line, _, _ := strings.Cut(string(b[:n]), "\r\n")
		return nil, errors.Join(err, fmt.Errorf("it answered %q", line))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, errors.Join(err, fmt.Errorf("%d files came", len(fds)))
	}
	unix.CloseOnExec(fds[0])
	return os.NewFile(uintptr(fds[0]), "network namespace"), nil
}

// Inside is the command that Exec starts a program with: inside RESOLVCONF
// PROGRAM [ARGUMENTS], with the namespace as file 3.
const Inside = "inside-namespace"

const spaceFile = 3

// execInside runs a program in the namespace of an instance. All of the
// program's network is then the instance's.
func execInside(ctx context.Context, socketPath string, one resident, argv []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	space, conn, err := borrow(ctx, socketPath, one.ID)
	if err != nil {
		return exitFailed, err
	}
	defer space.Close()
	defer conn.Close()
	// The thread that starts the program has to live as long as this process, or
	// the program would be taken to be without a parent.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", append([]string{Inside, one.ResolvConf}, argv...)...)
	cmd.Env = environment(os.Environ(), one)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.ExtraFiles = []*os.File{space}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = waitDelay
	if err := cmd.Start(); err != nil {
		return exitOf(argv[0], err)
	}
	passOn := forward(cmd.Process)
	defer passOn()
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		endWith(conn, space, ended)
	}()
	err = cmd.Wait()
	close(ended)
	_ = conn.Close()
	<-watched
	return exitOf(argv[0], err)
}

// endWith ends the programs in a namespace when Culvert leaves the connection,
// unless the one that was started has ended before.
func endWith(conn net.Conn, space *os.File, ended <-chan struct{}) {
	_, _ = io.Copy(io.Discard, conn) // until either side leaves
	for {
		select {
		case <-ended:
			return
		default:
			// One that is being started is not inside yet.
			_ = underlay.EndPrograms(space)
		}
		select {
		case <-ended:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// forward gives the program the signals that ask this process to end. What a
// terminal sends reaches both by itself.
func forward(p *os.Process) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGTERM || s == syscall.SIGHUP {
					_ = p.Signal(s)
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// RunInside turns this process, whose file 3 is a network namespace, into a
// program in it: args are those behind the command Inside. It returns only when
// that fails.
func RunInside(args []string) (int, error) {
	if len(args) < 2 {
		return exitFailed, errors.New("this command is for culvert exec alone")
	}
	runtime.LockOSThread()
	unix.CloseOnExec(spaceFile)
	if err := unix.Setns(spaceFile, unix.CLONE_NEWNET); err != nil {
		return exitFailed, fmt.Errorf("enter the network namespace: %w (this needs CAP_SYS_ADMIN: run it as root)", err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return exitFailed, fmt.Errorf("make a mount namespace: %w", err)
	}
	// What is mounted from now on is seen by this program only.
	if err := unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, ""); err != nil {
		return exitFailed, fmt.Errorf("keep the mounts apart: %w", err)
	}
	if err := unix.Mount(args[0], "/etc/resolv.conf", "", unix.MS_BIND, ""); err != nil {
		return exitFailed, fmt.Errorf("put the resolver into /etc/resolv.conf, which must be there: %w", err)
	}
	path, err := exec.LookPath(args[1])
	if err == nil {
		err = unix.Exec(path, args[1:], os.Environ())
	}
	return exitOf(args[1], err)
}
