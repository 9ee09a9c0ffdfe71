import type { ViewProps } from '../app/view.ts';
import { ViewHeading } from '../components/ViewHeading.tsx';

export function LiveView({ session }: ViewProps) {
  return (
    <>
      <ViewHeading>Live</ViewHeading>
      <p>asya-sidecar {session.version}</p>
    </>
  );
}
