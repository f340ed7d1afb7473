// Everything of the look on one page: what a page author picks from, and what
// the tests look at in both themes.
import { t } from '../i18n';
import { Button, Page, Segments, setTheme, theme } from '../look';
import { query, setQuery } from '../router';
import { Marks } from './marks';
import { Controls } from './controls';
import { Data } from './data';
import { Ground } from './ground';
import { Talk } from './talk';

const PARTS = {
    ground: Ground, controls: Controls, marks: Marks, data: Data, talk: Talk,
};
type Part = keyof typeof PARTS;

// The style page speaks to authors, in English, whatever the language.
export default function StylePage() {
    const part = (query.value.get('part') ?? 'all') as Part | 'all';
    const shown = (Object.keys(PARTS) as Part[]).filter((one) => part === 'all' || one === part);

    return (
        <Page title="Style" lead={<span lang="en">What the pages are made of. Each part is shown as it is used.</span>}
            actions={
                <>
                    <Button icon={theme.value === 'dark' ? 'sun' : 'moon'}
                        onClick={() => setTheme(theme.value === 'dark' ? 'light' : 'dark')}>
                        {t(theme.value === 'dark' ? 'theme.light' : 'theme.dark')}
                    </Button>
                </>
            }>
            <div class="stack loose">
                <div class="no-print">
                    <Segments label="Parts" value={part} onChange={(to) => setQuery({ part: to })} options={[
                        { value: 'all', label: 'All' }, { value: 'ground', label: 'Ground' },
                        { value: 'controls', label: 'Controls' }, { value: 'marks', label: 'Marks' },
                        { value: 'data', label: 'Data' }, { value: 'talk', label: 'Talk' },
                    ]} />
                </div>
                {shown.map((one) => {
                    const Shown = PARTS[one];

                    return <Shown key={one} />;
                })}
            </div>
        </Page>
    );
}
