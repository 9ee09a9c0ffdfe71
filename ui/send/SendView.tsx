import type { ViewProps } from '../app/view.ts';
import { ViewHeading } from '../components/ViewHeading.tsx';

export function SendView({ session }: ViewProps) {
  return (
    <>
      <ViewHeading>Send</ViewHeading>
      <p>asya-sidecar {session.version}</p>
    </>
  );
}
