/** The dashboard of one actor; `dashboards/` defines its id and its variable. */
const ACTOR_DASHBOARD = 'asya-actor';

/** @param grafana the address of Grafana, without a slash at the end */
export function grafanaLink(grafana: string, actor: string): string {
  const variables = new URLSearchParams({ 'var-actor': actor, from: 'now-1h', to: 'now' });
  return `${grafana}/d/${ACTOR_DASHBOARD}?${variables.toString()}`;
}
