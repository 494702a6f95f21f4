// SPDX-License-Identifier: BSD-2-Clause

// A net/http server with a path for each way to answer. It logs what it did
// with every connection: CLIENT_ADDRESS CLIENT_PORT ACTION; the last action is
// why the connection ended, as far as the server knows.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	listen       = flag.String("listen", ":8080", "comma separated addresses")
	readTimeout  = flag.Duration("read-timeout", 0, "Server.ReadTimeout")
	headTimeout  = flag.Duration("head-timeout", 0, "Server.ReadHeaderTimeout")
	writeTimeout = flag.Duration("write-timeout", 0, "Server.WriteTimeout")
	idleTimeout  = flag.Duration("idle-timeout", 0, "Server.IdleTimeout")
	handlerLimit = flag.Duration("handler-timeout", 0, "http.TimeoutHandler")
	noKeepAlive  = flag.Bool("no-keepalive", false, "SetKeepAlivesEnabled(false)")
	maxAge       = flag.Duration("max-age", 0, "close idle connections at this age")
	certificate  = flag.String("cert", "", "serve TLS with this PEM file (key and certificate)")
	tcpProbe     = flag.Duration("tcp-keepalive", 15*time.Second, "of accepted connections")
)

var (
	printing sync.Mutex
	conns    sync.Map // remote address -> *conn
)

type conn struct {
	net.Conn
	lock   sync.Mutex
	state  http.ConnState
	closed bool
	why    string
}

func say(remote, action string) {
	printing.Lock()
	defer printing.Unlock()
	host, port, _ := net.SplitHostPort(remote)
	host = strings.TrimPrefix(host, "::ffff:")
	fmt.Printf("%s %s %s %.6f\n", host, port, action, float64(time.Now().UnixMicro())/1e6)
}

func (c *conn) mark(why string) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.why == "" {
		c.why = why
	}
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == nil || errors.Is(err, net.ErrClosed) {
		return n, err
	}
	if os.IsTimeout(err) {
		// The server also ends its own background read by a deadline in the past.
		c.lock.Lock()
		state := c.state
		c.lock.Unlock()
		say(c.RemoteAddr().String(), "deadline-"+state.String())
	} else {
		c.mark("client-closed")
	}
	return n, err
}

func (c *conn) Close() error {
	c.lock.Lock()
	first, why := !c.closed, c.why
	c.closed = true
	c.lock.Unlock()
	if first && why != "" {
		say(c.RemoteAddr().String(), why)
	}
	return c.Conn.Close()
}

// CloseWrite is what the server does before it closes a connection with unread data.
func (c *conn) CloseWrite() error {
	return c.Conn.(*net.TCPConn).CloseWrite()
}

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	plain, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp := plain.(*net.TCPConn)
	tcp.SetKeepAlive(*tcpProbe > 0)
	if *tcpProbe > 0 {
		tcp.SetKeepAlivePeriod(*tcpProbe)
	}
	c := &conn{Conn: plain}
	conns.Store(plain.RemoteAddr().String(), c)
	say(plain.RemoteAddr().String(), "open")
	if *maxAge > 0 {
		time.AfterFunc(*maxAge, c.retire)
	}
	return c, nil
}

func (c *conn) retire() {
	for {
		c.lock.Lock()
		state := c.state
		c.lock.Unlock()
		if state == http.StateIdle {
			c.mark("max-age")
			c.Close()
		}
		if state == http.StateIdle || state == http.StateClosed {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func number(r *http.Request, name string, otherwise int) int {
	value, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return otherwise
	}
	return value
}

func wait(r *http.Request) {
	low := number(r, "ms", 0)
	time.Sleep(time.Duration(low)*time.Millisecond +
		time.Duration(rand.Intn(1+1000*number(r, "spread", 0)))*time.Microsecond)
}

// cut sends TEXT as the whole response and closes the connection.
func cut(w http.ResponseWriter, r *http.Request, text string) {
	plain, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(plain, text)
	time.Sleep(time.Duration(number(r, "ms", 0)) * time.Millisecond)
	plain.Close()
}

func handle(w http.ResponseWriter, r *http.Request) {
	remote := r.RemoteAddr
	size := number(r, "n", 32)
	say(remote, "request "+r.URL.RequestURI())
	switch r.URL.Path {
	case "/error":
		say(remote, "error-close")
		w.Header().Set("Connection", "close")
		http.Error(w, "no", number(r, "status", 500))
	case "/panic":
		wait(r)
		say(remote, "aborted")
		panic(http.ErrAbortHandler)
	case "/drop":
		say(remote, "aborted")
		cut(w, r, "")
	case "/short": // less than announced: the server closes the connection
		say(remote, "truncated")
		w.Header().Set("Content-Length", strconv.Itoa(size*2))
		w.Write(make([]byte, size))
	case "/chunk-cut":
		say(remote, "truncated")
		cut(w, r, fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
			size, strings.Repeat("c", size)))
	case "/early":
		say(remote, "early")
		http.Error(w, "go away", number(r, "status", 413))
	case "/stream": // no length: ends by the zero chunk
		for i := 0; i < size; i++ {
			io.WriteString(w, "part\n")
			w.(http.Flusher).Flush()
			wait(r)
		}
	case "/trailers":
		w.Header().Set("Trailer", "X-Sum")
		w.(http.Flusher).Flush()
		io.WriteString(w, strings.Repeat("t", size))
		w.Header().Set("X-Sum", "116")
	case "/status":
		w.WriteHeader(number(r, "status", 204))
	case "/slow":
		began := time.Now()
		wait(r)
		say(remote, fmt.Sprintf("handled %.6f", time.Since(began).Seconds()))
		if limit := *writeTimeout; limit > 0 && number(r, "ms", 0) > int(limit.Milliseconds()) {
			say(remote, "write-timeout")
		}
		fmt.Fprintln(w, "late")
	default:
		wait(r)
		if r.Body != nil {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				say(remote, "body-unread")
				http.Error(w, "body: "+err.Error(), http.StatusBadRequest)
				return
			}
		}
		w.Header().Set("Content-Length", strconv.Itoa(size))
		w.Write([]byte(strings.Repeat("x", size)))
	}
}

func main() {
	flag.Parse()
	handler := http.Handler(http.HandlerFunc(handle))
	if *handlerLimit > 0 {
		handler = http.TimeoutHandler(handler, *handlerLimit, "too slow\n")
	}
	server := &http.Server{
		Handler: handler, ReadTimeout: *readTimeout, ReadHeaderTimeout: *headTimeout,
		WriteTimeout: *writeTimeout, IdleTimeout: *idleTimeout,
		ConnState: func(plain net.Conn, state http.ConnState) {
			if c, ok := conns.Load(plain.RemoteAddr().String()); ok {
				c := c.(*conn)
				c.lock.Lock()
				c.state = state
				c.lock.Unlock()
			}
		},
	}
	server.SetKeepAlivesEnabled(!*noKeepAlive)
	for _, address := range strings.Split(*listen, ",") {
		plain, err := net.Listen("tcp", address)
		if err != nil {
			panic(err)
		}
		if *certificate != "" {
			go server.ServeTLS(listener{plain}, *certificate, *certificate)
		} else {
			go server.Serve(listener{plain})
		}
	}
	ending := make(chan os.Signal, 1)
	signal.Notify(ending, syscall.SIGTERM)
	<-ending
	conns.Range(func(remote, c any) bool {
		c.(*conn).mark("shutdown")
		return true
	})
	server.Shutdown(context.Background())
	time.Sleep(200 * time.Millisecond)
}
