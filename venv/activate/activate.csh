# For csh and tcsh; it must be read by the shell itself: source activate.csh

alias deactivate 'test $?_OLD_VIRTUAL_PATH = 1 && setenv PATH $_OLD_VIRTUAL_PATH:q && unset _OLD_VIRTUAL_PATH; test $?_OLD_VIRTUAL_PYTHONHOME = 1 && setenv PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME:q && unset _OLD_VIRTUAL_PYTHONHOME; test $?_OLD_VIRTUAL_PROMPT = 1 && set prompt = $_OLD_VIRTUAL_PROMPT:q && unset _OLD_VIRTUAL_PROMPT; unsetenv VIRTUAL_ENV; unsetenv VIRTUAL_ENV_PROMPT; rehash; test "\!:*" != nondestructive && unalias deactivate'

# Another environment may be active.
deactivate nondestructive

setenv VIRTUAL_ENV @DIR@
setenv VIRTUAL_ENV_PROMPT @PROMPT@

set _OLD_VIRTUAL_PATH = $PATH:q
setenv PATH $VIRTUAL_ENV:q/@SCRIPTS@:$PATH:q

if ($?PYTHONHOME) then
    set _OLD_VIRTUAL_PYTHONHOME = $PYTHONHOME:q
    unsetenv PYTHONHOME
endif

# A shell that runs a script has no prompt.
if ($?prompt && ! $?VIRTUAL_ENV_DISABLE_PROMPT) then
    set _OLD_VIRTUAL_PROMPT = $prompt:q
    set prompt = @SHOWN@$prompt:q
endif

rehash
