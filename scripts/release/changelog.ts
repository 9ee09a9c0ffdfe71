/** The section of one version in the text of CHANGELOG.md. */
export interface ChangelogSection {
  /** `YYYY-MM-DD`; undefined in the section of what is not released. */
  readonly date: string | undefined;
  /** The text below the heading. */
  readonly text: string;
}

const UNRELEASED = 'Unreleased';

/** Finds the section of a version, or of `Unreleased`. */
export function readSection(changelog: string, version: string): ChangelogSection | undefined {
  for (const section of changelog.split(/^(?=## )/m)) {
    const [, name, date] = /^## \[([^\]]+)\](?: - (\S+))?$/m.exec(section) ?? [];
    if (name === version) return { date, text: section.slice(section.indexOf('\n')).trim() };
  }
  return undefined;
}

/** The reasons why the version cannot be released with this changelog. */
export function checkChangelog(changelog: string, version: string): string[] {
  const section = readSection(changelog, version);
  const unreleased = readSection(changelog, UNRELEASED);
  return [
    ...(section === undefined ? [`CHANGELOG.md: no section [${version}]`] : []),
    ...(section !== undefined && !/^\d{4}-\d\d-\d\d$/.test(section.date ?? '')
      ? [`CHANGELOG.md: the section [${version}] needs a date: ## [${version}] - YYYY-MM-DD`]
      : []),
    ...(unreleased === undefined || unreleased.text === ''
      ? []
      : [`CHANGELOG.md: [${UNRELEASED}] has entries; npm run release:version dates them`]),
  ];
}

/**
 * Makes the section `Unreleased` that of a version, below a new, empty one.
 * @param date `YYYY-MM-DD`
 * @throws an error if there is nothing to release, or the version has a section
 */
export function releaseChangelog(changelog: string, version: string, date: string): string {
  if (readSection(changelog, version) !== undefined)
    throw new Error(`CHANGELOG.md has a section [${version}]; release the next version`);
  if ((readSection(changelog, UNRELEASED)?.text ?? '') === '')
    throw new Error(`CHANGELOG.md has no entries below [${UNRELEASED}]`);
  const heading = `## [${UNRELEASED}]`;
  return changelog.replace(heading, `${heading}\n\n## [${version}] - ${date}`);
}

/** The notes of a release: its section, or what is not released if it has none. */
export function releaseNotes(changelog: string, version: string): string {
  const section = readSection(changelog, version) ?? readSection(changelog, UNRELEASED);
  return `${section?.text ?? ''}\n`;
}
