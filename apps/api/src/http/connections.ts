/** The connections of a server, and what each owes: at the end nobody is waited for who has asked nothing. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** Ends those that owe no answer, and from now on the others when they have given theirs. */
  endIdle(): void;
  /** Cuts those whose request has not come whole. */
  cutUnsent(): void;
}

export function watchConnections(server: Server): Connections {
  const unanswered = new Map<Socket, Set<IncomingMessage>>();
  let isEnding = false;
  server.on('connection', (socket: Socket) => {
    unanswered.set(socket, new Set());
    socket.once('close', () => unanswered.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response) => {
    const { socket } = request;
    const owed = unanswered.get(socket);
    owed?.add(request);
    response.once('close', () => {
      owed?.delete(request);
      if (isEnding && owed?.size === 0) socket.destroySoon();
    });
  });
  return {
    endIdle: () => {
      isEnding = true;
      for (const [socket, { size }] of unanswered) if (size === 0) socket.destroySoon();
    },
    cutUnsent: () => {
      for (const [socket, requests] of unanswered)
        if ([...requests].some(({ complete }) => !complete)) socket.destroy();
    },
  };
}
