// SPDX-License-Identifier: BSD-2-Clause
// Node's http.Server: node nodeserve.js [PORT] [NAME=VALUE...] sets properties of the server such as
// keepAliveTimeout=3000 or maxRequestsPerSocket=5; close=yes answers with Connection: close.
// Paths as in gohttp.go: /body/BYTES, /late/MILLISECONDS, /stall/MILLISECONDS/BYTES.
// Logs ADDRESS PORT ACTION by the client's port.
'use strict';
const http = require('http');

function say(socket, ...what) {
  const address = (socket.peer.address || '').replace(/^::ffff:/, '');
  console.log(address, socket.peer.port, ...what, '@' + (Date.now() / 1000).toFixed(3));
}

let closing = false;
const server = http.createServer((request, response) => {
  const [, kind, first, second] = request.url.split('/');
  say(request.socket, 'request', request.url);
  if (closing) response.setHeader('Connection', 'close');
  const body = (size) => Buffer.alloc(size, 'connection reuse\n');
  const send = (size) => {
    response.setHeader('Content-Length', size);
    response.end(body(size));
  };
  if (kind === 'late') {
    setTimeout(() => send(100), Number(first));
  } else if (kind === 'stall') {
    const size = Number(second);
    response.setHeader('Content-Length', size);
    response.write(body(size).subarray(0, size / 2));
    setTimeout(() => response.end(body(size).subarray(size / 2)), Number(first));
  } else {
    send(kind === 'body' ? Number(first) : 2);
  }
});

for (const setting of process.argv.slice(3)) {
  const [name, value] = setting.split('=');
  if (name === 'close') closing = true;
  else server[name] = Number(value);
}
server.on('connection', (socket) => {
  socket.peer = { address: socket.remoteAddress, port: socket.remotePort };
  say(socket, 'open');
  socket.on('end', () => say(socket, 'peer-closed'));
  socket.on('error', (error) => say(socket, 'error', error.code));
  socket.on('timeout', () => say(socket, 'idle-expired'));
  socket.on('close', () => say(socket, 'closed'));
});
server.listen(Number(process.argv[2] || 8080));
