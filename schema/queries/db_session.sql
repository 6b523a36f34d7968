-- Settings of every session, made once after connecting. No parameters.
-- search_path is empty so that nothing but qualified names can be reached; the idle timeout bounds how long a frozen
-- program can hold a lock, and a statement ends soon after the program that waited for it.
set timezone = 'UTC';
set datestyle = 'ISO, YMD';
set intervalstyle = 'iso_8601';
set extra_float_digits = 1;
set bytea_output = 'hex';
set standard_conforming_strings = on;
set search_path = '';
set idle_in_transaction_session_timeout = '60s';
set client_connection_check_interval = '5s';
