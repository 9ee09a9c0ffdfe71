import type { ViewProps } from '../app/view.ts';
import { ViewHeading } from '../components/ViewHeading.tsx';

export function JourneyView({ session }: ViewProps) {
  return (
    <>
      <ViewHeading>Journey</ViewHeading>
      <p>asya-sidecar {session.version}</p>
    </>
  );
}
