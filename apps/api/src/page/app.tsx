/** The frame: where one is (kept in the address, so that it can be sent), the language, and the key where one is needed. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { FileView } from './file.tsx';
import { KeyForm } from './key-form.tsx';
import { firstLanguage, keepLanguage, SpeechContext, speechOf } from './language.tsx';
import { ReviewView } from './review.tsx';
import { RunView } from './run.tsx';
import { RunsView } from './runs.tsx';
import { answered, keepKey, openSession, Refusal, type Session } from './server.ts';

export interface ModelInfo {
  readonly id: string;
  readonly is_default: boolean;
}

export function App() {
  const [language, setLanguage] = useState(firstLanguage);
  const [session, setSession] = useState(openSession);
  const [models, setModels] = useState<readonly ModelInfo[]>([]);
  const [fault, setFault] = useState<unknown>();
  const hash = useHash();
  const speech = useMemo(() => speechOf(language), [language]);
  const { say } = speech;
  const [, view = 'review', encoded] = /^#\/(\w+)(?:\/(.+))?$/.exec(hash) ?? [];
  const id = encoded === undefined ? undefined : decodeURIComponent(encoded);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    answered(session.api.v1.models.$get()).then(({ data }) => {
      setModels(data);
      setFault(undefined);
    }, setFault);
  }, [session]);

  const useKey = (key: string | undefined) => {
    keepKey(key);
    setFault(undefined);
    setSession(openSession());
  };
  useEffect(() => {
    const title = view === 'runs' ? (id ?? say.runs) : view === 'file' ? say.fileTitle : say.askTitle;
    document.title = `${title} · Otzyv`;
  }, [view, id, say]);
  const isLocked = fault instanceof Refusal && fault.status === 401;
  const link = (name: string, text: string) => (
    <a href={`#/${name}`} aria-current={view === name ? 'page' : undefined}>
      {text}
    </a>
  );
  return (
    <SpeechContext.Provider value={speech}>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {say.skip}
      </button>
      <header>
        <div class="bar">
          <a class="brand" href="#/review">
            Otzyv
          </a>
          <nav>
            {link('review', say.review)}
            {link('file', say.file)}
            {link('runs', say.runs)}
          </nav>
          <div class="tools">
            {session.hasKey && (
              <button type="button" class="quiet" onClick={() => useKey(undefined)}>
                {say.keyForget}
              </button>
            )}
            <a href="docs" title={say.reference}>
              API
            </a>
            <button
              type="button"
              class="quiet"
              lang={language === 'ru' ? 'en' : 'ru'}
              onClick={() => {
                const other = language === 'ru' ? 'en' : 'ru';
                keepLanguage(other);
                setLanguage(other);
              }}
            >
              <span aria-hidden="true">{say.language[0]}</span>
              <span class="unseen">{say.language[1]}</span>
            </button>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {isLocked ? (
          <KeyForm isWrong={session.hasKey} onKey={useKey} />
        ) : (
          <View {...{ view, id, session, models, fault }} />
        )}
      </main>
    </SpeechContext.Provider>
  );
}

interface ViewProps {
  view: string;
  id: string | undefined;
  session: Session;
  models: readonly ModelInfo[];
  fault: unknown;
}

function View({ view, id, session, models, fault }: ViewProps) {
  if (view === 'file') return <FileView session={session} models={models} />;
  if (view !== 'runs') return <ReviewView {...{ session, models, fault }} />;
  if (id === undefined) return <RunsView session={session} />;
  return <RunView key={id} session={session} id={id} />;
}

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => {
      setHash(location.hash);
      document.getElementById('main')?.focus(); // what is there now is another page
      scrollTo(0, 0);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return hash;
}
