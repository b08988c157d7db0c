import { ActionIcon, Button, Group, Modal, Textarea, Tooltip } from '@mantine/core';
import { IconNote } from '@tabler/icons-react';
import { useState } from 'react';
import { addNote } from '../store/actions';

/** Writes a note at a moment of an episode, the one that is being recorded too; its last row where no second is said. */
export function NoteButton({
  episode,
  second,
  where,
}: {
  /** Null while there is none to write about. */ episode: number | null;
  second?: number;
  where: string;
}) {
  // Episode and moment are those at which the dialog was opened, however long the writing takes.
  const [at, setAt] = useState<{ episode: number; second: number | undefined; where: string } | null>(null);
  const [text, setText] = useState('');
  const close = () => setAt(null);
  const save = async () => {
    if (!at || !(await addNote(at.episode, text.trim(), at.second))) return;
    setText('');
    close();
  };
  return (
    <>
      <Tooltip label="Write a note here">
        <ActionIcon
          variant="default"
          aria-label="Write a note here"
          disabled={episode === null}
          onClick={() => episode !== null && setAt({ episode, second, where })}
          data-testid="note"
        >
          <IconNote size={16} />
        </ActionIcon>
      </Tooltip>
      <Modal opened={at !== null} onClose={close} title={`Note at ${at?.where ?? where}`} size="sm">
        <Textarea
          data-autofocus
          autosize
          minRows={3}
          maxRows={8}
          maxLength={10_000}
          aria-label="Note"
          placeholder="What was seen here?"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-testid="note-text"
        />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button disabled={text.trim() === ''} onClick={() => void save()} data-testid="note-save">
            Save note
          </Button>
        </Group>
      </Modal>
    </>
  );
}
