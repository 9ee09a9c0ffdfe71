import type { ViewProps } from '../app/view.ts';
import { ViewHeading } from '../components/ViewHeading.tsx';

export function PipelineView({ session }: ViewProps) {
  return (
    <>
      <ViewHeading>Pipeline</ViewHeading>
      <p>asya-sidecar {session.version}</p>
    </>
  );
}
