/** The control tokens of ChatML (OpenAI 2023), which the Qwen family uses. */
export const END_OF_TEXT = "<|endoftext|>";
export const TURN_START = "<|im_start|>";
export const TURN_END = "<|im_end|>";

/** ChatML as a Jinja template, without a system message of its own. */
export const CHATML_TEMPLATE: string = `{%- for message in messages -%}
{{- '${TURN_START}' + message.role + '\\n' + message.content + '${TURN_END}\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '${TURN_START}assistant\\n' -}}{%- endif -%}`;
