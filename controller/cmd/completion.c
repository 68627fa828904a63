// SPDX-License-Identifier: GPL-2.0-or-later
// What a shell has to be told once. The candidates themselves come from `mmfarm complete`, which
// reads the same tables as everything else.
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

// A line of `mmfarm complete` is a word, a tab and its description. ":files" and ":folders" leave
// the word to the shell.
static const char bash_text[] =
    "# bash completion for mmfarm\n"
    "_mmfarm() {\n"
    "\tlocal line cur=${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'\n"
    "\tCOMPREPLY=()\n"
    "\tlocal words=(\"${COMP_WORDS[@]:1:COMP_CWORD-1}\" \"$cur\")\n"
    "\tfor line in $(\"${COMP_WORDS[0]}\" complete -- \"${words[@]}\" 2>/dev/null); do\n"
    "\t\tcase $line in\n"
    "\t\t:files*) compopt -o filenames; COMPREPLY+=($(compgen -f -- \"$cur\")) ;;\n"
    "\t\t:folders*) compopt -o filenames; COMPREPLY+=($(compgen -d -- \"$cur\")) ;;\n"
    "\t\t*) COMPREPLY+=(\"${line%%$'\\t'*}\") ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "}\n"
    "complete -F _mmfarm mmfarm\n";

static const char zsh_text[] =
    "#compdef mmfarm\n"
    "_mmfarm() {\n"
    "\tlocal line word\n"
    "\tlocal -a offered\n"
    "\tfor line in ${(f)\"$(${words[1]} complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"}; "
    "do\n"
    "\t\tcase $line in\n"
    "\t\t:files*) _files ;;\n"
    "\t\t:folders*) _files -/ ;;\n"
    "\t\t*)\n"
    "\t\t\tword=${line%%$'\\t'*}\n"
    "\t\t\toffered+=(\"${word//:/\\\\:}:${line#*$'\\t'}\")\n"
    "\t\t\t;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\t(( $#offered )) && _describe -V mmfarm offered\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _mmfarm ]; then _mmfarm; else compdef _mmfarm mmfarm; fi\n";

static const char fish_text[] =
    "# fish completion for mmfarm\n"
    "function __mmfarm_complete\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l cur (commandline -ct)\n"
    "\tfor line in ($words[1] complete -- $words[2..-1] \"$cur\" 2>/dev/null)\n"
    "\t\tswitch $line\n"
    "\t\tcase ':files*'\n"
    "\t\t\t__fish_complete_path \"$cur\"\n"
    "\t\tcase ':folders*'\n"
    "\t\t\t__fish_complete_directories \"$cur\"\n"
    "\t\tcase '*'\n"
    "\t\t\techo $line\n"
    "\t\tend\n"
    "\tend\n"
    "end\n"
    "complete -c mmfarm -f -k -a '(__mmfarm_complete)'\n";

static const struct {
	const char *shell, *text;
} shells[] = {{"bash", bash_text}, {"zsh", zsh_text}, {"fish", fish_text}};

static struct error *completion_run(int argc, char **argv, int *code)
{
	(void)code;
	if (argc != 2)
		return error_new(ERROR_USAGE, "expected one of bash, zsh and fish");
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].shell, argv[1]) != 0)
			continue;
		fputs(shells[i].text, stdout);
		return NULL;
	}
	return error_new(ERROR_USAGE, "\"%s\": expected one of bash, zsh and fish", argv[1]);
}

const struct cmd cmd_completion = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "Prints what a shell needs to complete words of mmfarm",
    .before = "  bash   source <(mmfarm completion bash)\n"
	      "  zsh    source <(mmfarm completion zsh)      behind compinit\n"
	      "  fish   mmfarm completion fish | source\n\n"
	      "Commands, options, boards, pools, jobs, runs, batches and destinations are\n"
	      "completed from the files at hand, those that --boards, --results and --farm name.\n",
    .operands = {{VALUES_CHOICE, "bash zsh fish", false}},
    .run = completion_run,
};
