-- SPDX-License-Identifier: Apache-2.0
-- SPDX-FileCopyrightText: the rigsetup authors
-- A journal as the code of format 1 left it (sqlite3 .dump). It must be readable for good: never change it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started INTEGER NOT NULL,
  ended INTEGER,                 -- of its RunFinished; NULL while it goes on
  outcome TEXT NOT NULL,
  recipe TEXT NOT NULL,
  root TEXT NOT NULL,
  user TEXT NOT NULL
) STRICT;
INSERT INTO runs VALUES(1,1795454271230,1795454271237,'done','demo','/srv/rig','alice');
INSERT INTO runs VALUES(2,1795454271237,NULL,'running','demo','/','alice');
CREATE TABLE stored (            -- what was agreed to
  run INTEGER PRIMARY KEY REFERENCES runs (id),
  recipe_file TEXT NOT NULL,
  recipe_text BLOB NOT NULL,
  plan BLOB NOT NULL
) STRICT;
INSERT INTO stored VALUES(1,'demo.yaml',X'72696773657475703a20310a',X'7b227374657073223a5b5d7d');
INSERT INTO stored VALUES(2,'',X'',X'');
CREATE TABLE attachments (
  run INTEGER NOT NULL REFERENCES runs (id),
  name TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (run, name)
) STRICT;
INSERT INTO attachments VALUES(1,'a.whl',X'00ff270a');
INSERT INTO attachments VALUES(1,'empty',X'');
CREATE TABLE records (
  run INTEGER NOT NULL REFERENCES runs (id),
  sequence INTEGER NOT NULL,
  record TEXT NOT NULL,          -- JSON, as it is sent
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO records VALUES(1,1,'{"run":1,"seq":1,"time":"2026-11-23T17:17:51.230Z","event":"run-started","recipe":"demo","recipe_digest":"aa","plan_digest":"bb","root":"/srv/rig","caller":{"uid":1000,"user":"alice","pid":77},"steps":[{"id":"a","kind":"file","title":"a file"},{"id":"b","kind":"service"}]}');
INSERT INTO records VALUES(1,2,'{"run":1,"seq":2,"time":"2026-11-23T17:17:51.234Z","event":"step-started","step":"a","have":"old","want":"new"}');
INSERT INTO records VALUES(1,3,'{"run":1,"seq":3,"time":"2026-11-23T17:17:51.234Z","event":"phase-ended","step":"a","label":"downloading","milliseconds":950,"amount":13000000000,"unit":"bytes"}');
INSERT INTO records VALUES(1,4,'{"run":1,"seq":4,"time":"2026-11-23T17:17:51.235Z","event":"finding","step":"a","message":"your file was kept","hint":"compare the two"}');
INSERT INTO records VALUES(1,5,'{"run":1,"seq":5,"time":"2026-11-23T17:17:51.235Z","event":"retry-scheduled","step":"a","milliseconds":4000,"why":"the mirror is down"}');
INSERT INTO records VALUES(1,6,'{"run":1,"seq":6,"time":"2026-11-23T17:17:51.235Z","event":"step-finished","step":"a","outcome":"changed","evidence":[{"what":"cat a","seen":"new"}],"milliseconds":1200}');
INSERT INTO records VALUES(1,7,'{"run":1,"seq":7,"time":"2026-11-23T17:17:51.235Z","event":"reboot-needed","step":"a","why":"a new kernel"}');
INSERT INTO records VALUES(1,8,'{"run":1,"seq":8,"time":"2026-11-23T17:17:51.235Z","event":"cancel-requested","caller":{"uid":0,"user":"root","pid":812}}');
INSERT INTO records VALUES(1,9,'{"run":1,"seq":9,"time":"2026-11-23T17:17:51.236Z","event":"step-finished","step":"b","outcome":"failed","faults":[{"code":"program","message":"cannot start it","hint":"look at its log"}],"milliseconds":3}');
INSERT INTO records VALUES(1,10,'{"run":1,"seq":10,"time":"2026-11-23T17:17:51.236Z","event":"run-finished","outcome":"failed"}');
INSERT INTO records VALUES(1,11,'{"run":1,"seq":11,"time":"2026-11-23T17:17:51.236Z","event":"run-resumed","boot_id":"2b1e7c36-0000-4000-8000-000000000001","why":"asked by alice"}');
INSERT INTO records VALUES(1,12,'{"run":1,"seq":12,"time":"2026-11-23T17:17:51.236Z","event":"step-finished","step":"b","outcome":"as-wanted","milliseconds":2}');
INSERT INTO records VALUES(1,13,'{"run":1,"seq":13,"time":"2026-11-23T17:17:51.237Z","event":"run-finished","outcome":"done"}');
INSERT INTO records VALUES(2,1,'{"run":2,"seq":1,"time":"2026-11-23T17:17:51.237Z","event":"run-started","recipe":"demo","recipe_digest":"aa","plan_digest":"bb","root":"/","caller":{"uid":1000,"user":"alice","pid":77},"steps":[{"id":"a","kind":"file","title":"a file"},{"id":"b","kind":"service"}]}');
CREATE TABLE checks (            -- the latest result of each check
  root TEXT NOT NULL,
  key TEXT NOT NULL,
  record TEXT NOT NULL,          -- JSON of a step-finished
  PRIMARY KEY (root, key)
) STRICT, WITHOUT ROWID;
INSERT INTO checks VALUES('/srv/rig','nvidia_gpu:1','{"run":0,"seq":0,"time":"2026-11-23T16:30:12.345Z","event":"step-finished","step":"gpu","outcome":"failed","reason":"no device","evidence":[{"what":"nvidia-smi -L","seen":"none"}],"faults":[{"code":"unsupported","message":"cannot see a GPU","hint":"is it plugged in?"}],"milliseconds":0}');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('runs',2);
COMMIT;
PRAGMA user_version = 1;
