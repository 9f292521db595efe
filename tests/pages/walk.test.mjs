// On SQLite.
import './walk.mjs';
