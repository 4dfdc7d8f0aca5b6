// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The Loss language. Every decision is by one token, so there is nothing to be ambiguous and parsing
// is linear; README.md says how that was had. The parser reads the stream that syntax/ makes of the
// lexer's: newlines are only where they separate, every statement and declaration ends in one,
// brackets are balanced, and a comma is never last.
grammar Loss;

tokens { INVALID }  // an expression that was diagnosed before the parser saw it

file : declaration* EOF ;

declaration : (import_ | function | test) NEWLINE ;
import_     : 'import' name ('.' name)* ;
function    : ('batch'? ('loss' | 'metric') | 'func') name '(' (parameter (',' parameter)*)? ')'
              ('=' expr | block) ;
test        : 'test' STRING block ;

parameter   : name name? (':' type)? ('=' expr)? ;  // the first of two names is the role
type        : name ('(' (argument (',' argument)*)? ')')? ('[' expr (',' expr)* ']')? ;

block       : '{' line* '}' ;
line        : statement NEWLINE ;
statement   : 'let' name brackets? '=' expr
            | 'require' expr (',' STRING)?
            | expr ('=' expr)? (PLUS_MINUS expr)? ;  // weight = e, grad[x] = e; a check; the result

expr        : 'if' expr 'then' expr 'else' expr | disjunction ;
disjunction : conjunction ('or' conjunction)* ;
conjunction : negation ('and' negation)* ;
negation    : 'not' negation | comparison ;
comparison  : sum (('<' | LESS_EQUAL | '>' | GREATER_EQUAL | '==' | NOT_EQUAL) sum)* ;
sum         : product (('+' | MINUS) product)* ;
product     : unary ((TIMES | '/') unary)* ;
unary       : MINUS unary | power ;
power       : postfix ('^' exponent)? ;
exponent    : MINUS exponent | power ;
postfix     : primary ('.' name | '(' (argument (',' argument)*)? ')' | brackets)* ;
primary     : NUMBER | 'true' | 'false' | 'inf' | 'pi' | name | '(' expr ')'
            | '[' (expr (',' expr)*)? ']' | INVALID ;

argument    : expr ('=' expr)? ;  // name = value
brackets    : '[' item (',' item)* ('where' expr)? ']' ;
item        : '_' | expr ('in' expr ('..' expr)?)? ;

// Words that are special only in their place. Roles, domains, weight, divisor, grad, hess, class and
// ignore need no token at all.
name        : ID | 'import' | 'batch' | 'loss' | 'metric' | 'func' | 'test' ;

// ---- tokens -------------------------------------------------------------------------------------

IF : 'if' ;  THEN : 'then' ;  ELSE : 'else' ;  LET : 'let' ;  IN : 'in' ;  REQUIRE : 'require' ;
WHERE : 'where' ;  AND : 'and' ;  OR : 'or' ;  NOT : 'not' ;
TRUE : 'true' ;  FALSE : 'false' ;  INF : 'inf' ;  PI : 'pi' ;  KEEP : '_' ;
LATER : 'repeat' | 'scan' | 'sort' | 'argsort' ;
IMPORT : 'import' ;  BATCH : 'batch' ;  LOSS : 'loss' ;  METRIC : 'metric' ;  FUNC : 'func' ;
TEST : 'test' ;

LPAREN : '(' ;  RPAREN : ')' ;  LBRACKET : '[' ;  RBRACKET : ']' ;  LBRACE : '{' ;  RBRACE : '}' ;
COMMA : ',' ;  COLON : ':' ;  DOT : '.' ;  RANGE : '..' ;  ASSIGN : '=' ;
PLUS : '+' ;  MINUS : '-' | '\u2212' ;  TIMES : '*' | '\u00B7' | '\u22C5' | '\u00D7' ;
DIVIDE : '/' ;  POWER : '^' ;  PLUS_MINUS : '+-' | '\u00B1' ;
LESS : '<' ;  LESS_EQUAL : '<=' | '\u2264' ;  GREATER : '>' ;  GREATER_EQUAL : '>=' | '\u2265' ;
EQUAL : '==' ;  NOT_EQUAL : '!=' | '\u2260' ;

NUMBER : DIGIT+ ('.' DIGIT*)? EXPONENT? | '.' DIGIT+ EXPONENT? ;
NUMBER_RANGE : DIGIT+ '..' ;  // 0..3: split into 0 and .. before the parser
fragment DIGIT : [0-9] ;
fragment EXPONENT : [eE] [+-]? DIGIT+ ;

STRING : '"' CHARACTER* '"' ;
OPEN_STRING : '"' CHARACTER* '\\'? ;
fragment CHARACTER : ~["\\\r\n] | '\\' ~[\r\n] ;

// XID_Continue without U+00B7 (and U+0387, which NFKC makes of it): classes cannot subtract.
ID : [\p{XID_Start}_]
     [\p{XID_Start}\p{Mn}\p{Mc}\p{Nd}\p{Pc}\u0E33\u0EB3\u1369-\u1371\u19DA\uFF9E\uFF9F]* ['\u2032]* ;

DOCUMENTATION : '##' (~[#\r\n] ~[\r\n]*)? ;
COMMENT : '#' ~[\r\n]* -> skip ;
NEWLINE : '\r'? '\n' ;
SPACE : [ \t]+ -> skip ;

// What other languages write; each has its diagnostic.
FOREIGN : '**' | '&&' | '&' | '||' | '|' | '!' | '~' | '?' | ';' | '//' | '/*' | '%' | '@' | '<>'
        | '===' | '!==' | '+=' | '-=' | '*=' | '/=' | ':=' | '->' | '=>' | '++' | '...' ;
UNKNOWN : . ;
