/** Server-sent events over fetch: EventSource cannot send an Authorization header. */
import { fetched } from './client';

export interface ServerEvent {
  event: string;
  data: string;
}

/** Events of a stream until it ends or `signal` aborts it. */
export async function* events(path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const answer = await fetched(path, { headers: { Accept: 'text/event-stream' }, signal });
  if (answer.body === null) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const found = parse(block);
      if (found !== null) yield found;
    }
  }
}

function parse(block: string): ServerEvent | null {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
  }
  return data.length > 0 ? { event, data: data.join('\n') } : null;
}
