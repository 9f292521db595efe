// An administrator's days, from the first sign-in on, in a browser on the built program.
import './journeys/signing-in.mjs';
import './journeys/users-and-keys.mjs';
import './journeys/traffic.mjs';
import './journeys/limits.mjs';
import './journeys/life-of-a-key.mjs';
import './journeys/models-and-settings.mjs';
import './journeys/ends.mjs';
import './journeys/sessions.mjs';
