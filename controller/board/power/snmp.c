// SPDX-License-Identifier: GPL-2.0-or-later
// Power by a power distribution unit that speaks SNMP, by net-snmp's tools.
//
// Their secrets go by a snmp.conf in a folder of its own that only this user can read, and that is gone
// when the tool is: on the command line everybody could read them.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/placeholder.h"
#include "board/claims.h"
#include "board/power/snmp_make.h"
#include "board/power/switching.h"

#define WORDS_MAX 20

enum snmp_version { SNMP_1, SNMP_2C, SNMP_3 };
static const char *const versions[] = {"1", "2c", "3", NULL};
static const char *const hashes[] = {"SHA",     "MD5",     "SHA-224", "SHA-256",
				     "SHA-384", "SHA-512", NULL};
static const char *const ciphers[] = {"AES", "DES", NULL};

struct snmp_power {
	struct switching switching;
	const char *host;
	int64_t port;
	enum snmp_version version;
	const char *make_name; // NULL: OIDs of its own
	struct snmp_make make;
	const char *outlet;
	const char *set, *get; // OIDs of its own
	int64_t on, off, is_on, is_off;
	struct secret community, password, privacy;
	const char *user;
	unsigned hash, cipher;
	char *agent;             // "udp:HOST:PORT", owned
	char *set_oid, *get_oid; // owned; the latter may be NULL
};

static const struct key snmp_keys[] = {
    {"host", KEY_TEXT(struct snmp_power, host), .required = true, .value = "NAME"},
    {"port", KEY_NUMBER(struct snmp_power, port, 1, 65535), .preset = "161"},
    {"make", KEY_TEXT(struct snmp_power, make_name), .value = SNMP_MAKE_NAMES,
     .help = "apc: AP79xx; apc-2g: AP8xxx and later; or `set` and `get`"},
    {"outlet", KEY_TEXT(struct snmp_power, outlet), .value = "NUMBER",
     .help = "which of its outlets; {outlet} in own OIDs"},
    {"version", KEY_WORD(struct snmp_power, version, versions), .preset = "1"},
    {"community", KEY_SECRET(struct snmp_power, community),
     .help = "of versions 1 and 2c, one that may write"},
    {"user", KEY_TEXT(struct snmp_power, user), .value = "NAME", .help = "of version 3"},
    {"password", KEY_SECRET(struct snmp_power, password), .help = "version 3: its authentication"},
    {"hash", KEY_WORD(struct snmp_power, hash, hashes), .preset = "SHA"},
    {"privacy", KEY_SECRET(struct snmp_power, privacy), .help = "version 3: its encryption"},
    {"cipher", KEY_WORD(struct snmp_power, cipher, ciphers), .preset = "AES"},
    {"set", KEY_TEXT(struct snmp_power, set), .value = "OID",
     .help = "what is written to switch, as .1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.{outlet}"},
    {"on", KEY_NUMBER(struct snmp_power, on, -0x1p31, 0x1p31), .preset = "1",
     .help = "the INTEGER that is written"},
    {"off", KEY_NUMBER(struct snmp_power, off, -0x1p31, 0x1p31), .preset = "2"},
    {"get", KEY_TEXT(struct snmp_power, get), .value = "OID", .help = "what is read to ask it"},
    {"is-on", KEY_NUMBER(struct snmp_power, is_on, -0x1p31, 0x1p31), .preset = "1",
     .help = "what it reads as"},
    {"is-off", KEY_NUMBER(struct snmp_power, is_off, -0x1p31, 0x1p31), .preset = "2"},
    SWITCHING_KEYS(struct snmp_power, switching, "10", "10"),
    {0},
};

// ---- the keys together --------------------------------------------------------------------------

static struct error *find_make(struct snmp_power *s, const struct config_map *keys)
{
	static const char *const own[] = {"set", "get", "on", "off", "is-on", "is-off"};
	struct config_node n;
	if (!s->make_name) {
		TRY(config_map_need(keys, "set", &n));
		s->make =
		    (struct snmp_make){"own", s->set, s->on, s->off, s->get, s->is_on, s->is_off};
		return NULL;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (config_is_set(config_map_find(keys, own[i])))
			return config_error(config_map_find(keys, own[i]),
					    "%s: the make says it, expected either", own[i]);
	const struct snmp_make *make = snmp_make_find(s->make_name);
	if (!make)
		return config_error(config_map_find(keys, "make"),
				    "make: \"%s\", expected one of: " SNMP_MAKE_NAMES,
				    s->make_name);
	s->make = *make;
	return NULL;
}

static struct error *check_access(const struct snmp_power *s, const struct config_map *keys)
{
	struct config_node n;
	if (s->version != SNMP_3)
		return secret_is_set(&s->community) ? NULL : config_map_need(keys, "community", &n);
	if (!s->user)
		return config_map_need(keys, "user", &n);
	if (secret_is_set(&s->privacy) && !secret_is_set(&s->password))
		return config_error(config_map_find(keys, "privacy"),
				    "privacy: needs a `password:` too");
	return NULL;
}

// A number, or several with dots between them: part of an OID.
static bool is_outlet(const char *text)
{
	return text && *text && !text[strspn(text, "0123456789.")];
}

static struct error *check_oid(const struct config_map *keys, const char *key, const char *oid)
{
	if (!oid || (*oid == '.' && !placeholder_find_unknown(
					oid, (const struct placeholder[]){{"outlet", NULL}, {0}})))
		return NULL;
	return config_error(config_map_find(keys, key),
			    "%s: \"%s\", expected an OID in numbers that starts with a dot", key,
			    oid);
}

static char *fill(const struct snmp_power *s, const char *oid)
{
	const struct placeholder list[] = {{"outlet", s->outlet}, {0}};
	CLEANUP_BUFFER struct buffer text = {0};
	placeholder_fill(oid, list, false, &text);
	return memory_strdup(buffer_str(&text));
}

static struct error *snmp_check(void *state, const struct config_map *keys)
{
	struct snmp_power *s = state;
	struct config_node outlet = config_map_find(keys, "outlet");
	TRY(check_oid(keys, "set", s->set));
	TRY(check_oid(keys, "get", s->get));
	TRY(find_make(s, keys));
	TRY(check_access(s, keys));
	if (placeholder_uses(s->make.set, "outlet") && !config_is_set(outlet))
		return config_map_need(keys, "outlet", &outlet);
	if (config_is_set(outlet) && !is_outlet(s->outlet))
		return config_error(outlet, "outlet: \"%s\", expected a number", s->outlet);
	s->set_oid = fill(s, s->make.set);
	s->get_oid = s->make.get ? fill(s, s->make.get) : NULL;
	bool bare = strchr(s->host, ':') != NULL; // an IPv6 address
	s->agent = memory_printf("%s:%s%s%s:%d", bare ? "udp6" : "udp", bare ? "[" : "", s->host,
				 bare ? "]" : "", (int)s->port);
	return NULL;
}

// ---- the tools' configuration -------------------------------------------------------------------

// A folder with a snmp.conf, and what is secret in it.
struct snmp_conf {
	char *dir, *path; // owned; NULL = there is none
	char *secrets[4]; // owned, NULL-terminated
	size_t secrets_count;
	struct buffer text;
};

static void snmp_conf_deinit(struct snmp_conf *c)
{
	if (c->path)
		unlink(c->path);
	if (c->dir)
		rmdir(c->dir);
	free(c->path);
	free(c->dir);
	for (size_t i = 0; i < c->secrets_count; i++)
		secret_free(c->secrets[i]);
	if (c->text.data)
		explicit_bzero(c->text.data, c->text.len);
	buffer_deinit(&c->text);
}
#define CLEANUP_SNMP_CONF CLEANUP(snmp_conf_deinit)

static void put_word(struct snmp_conf *c, const char *directive, const char *value)
{
	buffer_printf(&c->text, "%s ", directive);
	snmp_put_quoted(value, &c->text);
	buffer_append_str(&c->text, "\n");
}

static struct error *put_secret(struct snmp_conf *c, const char *directive,
				const struct secret *secret)
{
	char *value = NULL;
	TRY(secret_read(secret, &value));
	if (!value)
		return NULL;
	c->secrets[c->secrets_count++] = value;
	put_word(c, directive, value);
	return NULL;
}

static struct error *put_all(struct snmp_conf *c, const struct snmp_power *s)
{
	buffer_printf(&c->text, "defVersion %s\nmibs :\n", versions[s->version]);
	if (s->version != SNMP_3)
		return put_secret(c, "defCommunity", &s->community);
	put_word(c, "defSecurityName", s->user);
	buffer_printf(&c->text, "defAuthType %s\ndefPrivType %s\ndefSecurityLevel %s\n",
		      hashes[s->hash], ciphers[s->cipher],
		      secret_is_set(&s->privacy)    ? "authPriv"
		      : secret_is_set(&s->password) ? "authNoPriv"
						    : "noAuthNoPriv");
	TRY(put_secret(c, "defAuthPassphrase", &s->password));
	return put_secret(c, "defPrivPassphrase", &s->privacy);
}

static struct error *write_conf(struct snmp_conf *c)
{
	const char *tmp = getenv("TMPDIR");
	char *name = memory_printf("%s/mmfarm-snmp-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(name)) { // for this user alone
		struct error *e = error_errno(ERROR_SYSTEM, errno, "%s", name);
		free(name);
		return e;
	}
	c->dir = name;
	c->path = path_join(c->dir, "snmp.conf");
	CLEANUP_CLOSE int fd = open(c->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", c->path);
	return file_write_all(fd, c->text.data, c->text.len, c->path);
}

static struct error *run(const struct snmp_power *s, struct board_place *place,
			 const char *const *words, struct buffer *said)
{
	CLEANUP_SNMP_CONF struct snmp_conf conf = {0};
	TRY(put_all(&conf, s));
	TRY(write_conf(&conf));
	CLEANUP_FREE char *folder = memory_printf("SNMPCONFPATH=%s", conf.dir);
	const char *const environment[] = {folder, "MIBS=", NULL};
	const struct command_spec spec = {
	    .argv = words,
	    .environment = environment,
	    .secrets = (const char *const *)conf.secrets,
	    .timeout_s = s->switching.timeout,
	};
	return switching_run(&spec, place, said);
}

// ---- acting -------------------------------------------------------------------------------------

// OIDs as numbers, values alone; three tries of two seconds.
#define OPTIONS "-On", "-Oqv", "-t", "2", "-r", "2"

static void build_set(const struct snmp_power *s, enum power_action action, char value[24],
		      const char *words[WORDS_MAX])
{
	snprintf(value, 24, "%lld", (long long)(action == POWER_ON ? s->make.on : s->make.off));
	const char *const all[] = {"snmpset", OPTIONS, s->agent, s->set_oid, "i", value, NULL};
	memcpy(words, all, sizeof(all));
}

static struct error *snmp_act(void *driver, struct board_place *place, enum power_action action)
{
	const char *words[WORDS_MAX];
	char value[24];
	build_set(driver, action, value, words);
	CLEANUP_BUFFER struct buffer said = {0};
	return run(driver, place, words, &said);
}

static struct error *snmp_state(void *driver, struct board_place *place, enum power_state *state)
{
	const struct snmp_power *s = driver;
	if (!s->get_oid)
		return NULL;
	const char *const words[] = {"snmpget", OPTIONS, s->agent, s->get_oid, NULL};
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(run(s, place, words, &said));
	int64_t value = 0;
	bool known = snmp_read_number(buffer_str(&said), &value) &&
		     (value == s->make.is_on || value == s->make.is_off);
	buffer_truncate(&said, strcspn(buffer_str(&said), "\r\n"));
	if (!known)
		return error_new(ERROR_LAB, "%s: %s is \"%.80s\", expected %lld or %lld", s->host,
				 s->get_oid, buffer_str(&said), (long long)s->make.is_on,
				 (long long)s->make.is_off);
	*state = value == s->make.is_on ? POWER_STATE_ON : POWER_STATE_OFF;
	return NULL;
}

static void snmp_describe(const void *state, enum power_action action, struct buffer *out)
{
	const struct snmp_power *s = state;
	const char *words[WORDS_MAX];
	char value[24];
	build_set(s, action, value, words);
	switching_describe_command(words, out);
}

static void snmp_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct snmp_power *s = state;
	struct config_node outlet = config_map_find(keys, "outlet");
	claims_add(out, config_is_set(outlet) ? outlet : config_map_find(keys, "host"), NULL,
		   "power outlet %s %s", s->agent, s->set_oid);
}

static void snmp_release(void *state)
{
	struct snmp_power *s = state;
	free(s->agent);
	free(s->set_oid);
	free(s->get_oid);
}

static const struct switching_ops snmp_ops = {
    .act = snmp_act, .state = snmp_state, .describe = snmp_describe};

static void snmp_init(void *state)
{
	((struct snmp_power *)state)->switching.ops = &snmp_ops;
}

const struct power_driver power_snmp = {
    .driver = {.name = "snmp",
	       .help =
		   "a power distribution unit that speaks SNMP (APC and others), by snmpset and "
		   "snmpget",
	       .keys = snmp_keys,
	       .size = sizeof(struct snmp_power),
	       .init = snmp_init,
	       .check = snmp_check,
	       .release = snmp_release},
    .on = switching_on,
    .off = switching_off,
    .probe = switching_probe,
    .settle = switching_settle_s,
    .describe = switching_describe,
    .claim = snmp_claim,
};
