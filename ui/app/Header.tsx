import type { Session } from '../../src/cli/ui/server/contract.ts';
import { Badge } from '../components/Badge.tsx';
import { VIEW_NAMES, type ViewName } from './address.ts';
import { ColorSchemeButton } from './ColorSchemeButton.tsx';
import { focusHeading } from './focusHeading.ts';
import { HomeLink } from './HomeLink.tsx';
import { JourneySearch } from './JourneySearch.tsx';
import { SourceStatus } from './SourceStatus.tsx';
import { KeysHelp } from './KeysHelp.tsx';
import type { ColorSchemeState } from './useColorScheme.ts';
import type { ViewProps } from './view.ts';
import { VIEWS } from './views.ts';

export interface HeaderProps extends Pick<ViewProps, 'linkTo' | 'navigate'> {
  readonly view: ViewName;
  readonly session: Session | undefined;
  /** False while the session may be out of date. */
  readonly isConnected: boolean;
  readonly colors: ColorSchemeState;
}

export function Header({ view, session, isConnected, colors, linkTo, navigate }: HeaderProps) {
  return (
    <header class="header">
      <a class="skip-link" href="#view" onClick={focusView}>
        Skip to the view
      </a>
      <HomeLink linkTo={linkTo} />
      <nav class="header-views" aria-label="Views">
        {VIEW_NAMES.map((name) => (
          <a
            key={name}
            href={linkTo(name)}
            class="header-view"
            aria-current={name === view ? 'page' : undefined}
          >
            {VIEWS[name].title}
          </a>
        ))}
      </nav>
      <div class="header-tools">
        <JourneySearch navigate={navigate} />
        {session?.isReadOnly === true && <Badge kind="neutral">Read-only</Badge>}
        {session !== undefined && <SourceStatus {...{ session, isConnected }} />}
        <KeysHelp view={view} />
        <ColorSchemeButton {...colors} />
      </div>
    </header>
  );
}

/** The fragment of the page contains its address, so that the link cannot use it. */
function focusView(event: Event): void {
  event.preventDefault();
  focusHeading();
}
