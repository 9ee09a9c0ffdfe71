import type { ViewProps } from '../app/view.ts';
import { ViewHeading } from '../components/ViewHeading.tsx';

export function ErrorsView({ session }: ViewProps) {
  return (
    <>
      <ViewHeading>Errors</ViewHeading>
      <p>asya-sidecar {session.version}</p>
    </>
  );
}
