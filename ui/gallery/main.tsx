import { render } from 'preact';
import { Announcer } from '../components/Announcer.tsx';
import { Gallery } from './Gallery.tsx';

const page = document.getElementById('page');
if (page !== null)
  render(
    <Announcer>
      <Gallery />
    </Announcer>,
    page,
  );
