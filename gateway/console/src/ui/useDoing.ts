import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';

import { newKey } from '../api/client';
import { told } from './notify';

interface Doing<Body> {
  send: (body: Body, key: string) => Promise<unknown>;
  said: string;
  onDone: () => void;
  onClose: () => void;
}

/** Something done once: one key per intent, which changes when what is asked for does. */
export function useDoing<Body>({ send, said, onDone, onClose }: Doing<Body>) {
  const intent = useRef({ of: '', key: '' });
  return useMutation({
    mutationFn: (body: Body) => {
      const of = JSON.stringify(body);
      if (intent.current.of !== of) intent.current = { of, key: newKey() };
      return send(body, intent.current.key);
    },
    onSuccess: () => {
      told(said);
      onDone();
      onClose();
    },
  });
}
