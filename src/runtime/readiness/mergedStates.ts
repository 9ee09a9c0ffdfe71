import type { RuntimeState } from '../runtime.ts';

/** Reports ready if both the socket and the slots are ready. The socket's reason has priority. */
export function mergeStates(onState: (state: RuntimeState) => void): {
  readonly ofSocket: (state: RuntimeState) => void;
  readonly ofSlots: (state: RuntimeState) => void;
} {
  let socket: RuntimeState = { ready: false, reason: 'not checked yet' };
  let slots: RuntimeState = { ready: true };
  const report = (): void => onState(socket.ready ? slots : socket);
  return {
    ofSocket(state) {
      socket = state;
      report();
    },
    ofSlots(state) {
      slots = state;
      report();
    },
  };
}
